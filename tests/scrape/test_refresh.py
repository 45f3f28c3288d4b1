"""How a scrape reads the due jobs of an account."""

import asyncio

from structlog.testing import capture_logs

from exporter.config.sections import Quota
from exporter.model.failures import InvalidResponse, ReadTimeout
from exporter.quota.budget import AHEAD
from exporter.scrape.refresh import refresh_all
from tests.support.installation import until
from tests.support.readers import GONE, Gate, Script
from tests.support.scripted_account import LONG, ScriptedAccount, run


def test_a_scrape_reads_every_job_that_is_due() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script(), jobs=20, concurrency=3)
        await account.scrape()
        assert sorted(account.reader.asked) == list(range(1, 21))
        assert all(account.job(n).state == "running" for n in range(1, 21))

    run(story())


def test_a_job_is_read_again_only_after_refresh_active() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script())
        await account.scrape()
        await account.scrape_after(9)
        assert account.reader.asked == [1]
        await account.scrape_after(1)
        assert account.reader.asked == [1, 1]

    run(story())


def test_no_more_reads_are_in_flight_than_the_concurrency_allows() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=10, concurrency=3)
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: len(gate.waiting) == 3)
        gate.open()
        await scrape
        assert gate.most_at_once == 3
        assert sorted(gate.asked) == list(range(1, 11))

    run(story())


def test_scrapes_that_overlap_share_reads() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=5, concurrency=2)
        scrapes = [asyncio.create_task(account.scrape()) for _ in range(4)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*scrapes)
        assert sorted(gate.asked) == [1, 2, 3, 4, 5]

    run(story())


def test_a_scrape_ends_at_its_deadline_and_later_answers_are_recorded() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=1)
        await account.scrape(seconds=0.05)
        assert account.job().state == "unread"
        gate.open()
        await account.scrape()
        assert account.job().state == "running"
        assert gate.asked == [1]

    run(story())


def test_reads_that_did_not_start_by_the_deadline_are_counted() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=10, concurrency=3)
        deferred = await account.scrape(seconds=0.05)
        assert deferred == (7, "deadline")
        gate.open()
        await account.scrape()

    run(story())


def test_a_scrape_without_time_starts_reads_and_answers_at_once() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=2)
        await account.scrape(seconds=0.0)
        gate.open()
        await account.scrape()
        assert sorted(gate.asked) == [1, 2]

    run(story())


def test_a_scrape_ends_when_the_program_stops() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate)
        scrape = asyncio.create_task(account.scrape())
        await asyncio.sleep(0)
        account.stopping.set()
        await scrape
        gate.open()
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t is not asyncio.current_task()))

    run(story())


def test_one_jobs_trouble_leaves_the_others_alone() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({2: GONE}), jobs=3)
        await account.scrape()
        assert [account.job(n).state for n in (1, 2, 3)] == ["running", "unread", "running"]

    run(story())


def test_jobs_that_hang_again_leave_half_of_the_slots_to_the_others() -> None:
    async def story() -> None:
        gate = Gate(dict.fromkeys(range(1, 5), ReadTimeout("late")))
        account = ScriptedAccount(gate, jobs=8, concurrency=4)
        gate.open()
        await account.scrape()
        gate.close()
        account.clock.seconds += 60
        gate.answers.clear()
        gate.admit_one()
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: len(gate.waiting) == 4 and 1 in gate.asked[8:])
        waiting = sorted(gate.waiting)
        gate.open()
        await scrape
        assert waiting == [2, 3, 5, 6]

    run(story())


def test_accounts_are_refreshed_side_by_side() -> None:
    async def story() -> None:
        slow, fast = Gate(), Script()
        first, second = ScriptedAccount(slow), ScriptedAccount(fast)
        both = [first.refresher, second.refresher]
        scrape = asyncio.create_task(refresh_all(both, LONG, asyncio.Event()))
        await until(lambda: second.job().state == "running")
        assert first.job().state == "unread"
        slow.open()
        await scrape

    run(story())


def test_a_job_read_at_an_old_address_is_read_again_by_the_next_scrape() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, quota=Quota(per_minute=1_000, per_day=180_000))
        scrapes = [asyncio.create_task(account.scrape())]
        await until(lambda: gate.waiting == {1})
        account.ledger.at_another_address()
        account.clock.seconds += 2 * AHEAD
        scrapes.append(asyncio.create_task(account.scrape()))
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*scrapes)
        await account.scrape()
        assert gate.asked == [1, 1]

    run(story())


def test_an_error_of_the_exporters_own_is_logged_and_counts_as_an_invalid_response() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: ZeroDivisionError("a bug")}))
        with capture_logs() as logs:
            await account.scrape()
        error = account.job().reading.error
        assert isinstance(error, InvalidResponse)
        assert str(error) == "the exporter failed to read the answer: ZeroDivisionError"
        assert logs[0]["event"] == "the exporter failed to read a job"
        await account.scrape_after(1)
        assert account.reader.asked == [1]

    run(story())
