import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from exporter.config.sections import Quota
from exporter.model.failures import Failure, InvalidResponse, RateLimited, ReadTimeout, Unauthorized
from exporter.quota.budget import AHEAD
from exporter.scrape.refresh import refresh_all
from tests.support.bench import DOWN, GONE, LONG, Bench, run
from tests.support.house import until
from tests.support.readers import DONE, OVER, RUNNING, Gate, Script


def test_a_scrape_reads_every_job_that_is_due() -> None:
    async def story() -> None:
        bench = Bench(Script(), jobs=20, concurrency=3)
        await bench.scrape()
        assert sorted(bench.reader.asked) == list(range(1, 21))
        assert all(bench.job(n).state == "running" for n in range(1, 21))

    run(story())


def test_a_job_is_read_again_only_after_refresh_active() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        await bench.scrape_after(9)
        assert bench.reader.asked == [1]
        await bench.scrape_after(1)
        assert bench.reader.asked == [1, 1]

    run(story())


def test_a_job_that_ended_long_ago_is_read_once() -> None:
    async def story() -> None:
        bench = Bench(Script({1: OVER}))
        await bench.scrape()
        await bench.scrape_after(3600)
        assert bench.reader.asked == [1]

    run(story())


def test_no_more_reads_are_in_flight_than_the_concurrency_allows() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=10, concurrency=3)
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: len(gate.waiting) == 3)
        gate.open()
        await scrape
        assert gate.most_at_once == 3
        assert sorted(gate.asked) == list(range(1, 11))

    run(story())


def test_scrapes_that_overlap_share_reads() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=5, concurrency=2)
        scrapes = [asyncio.create_task(bench.scrape()) for _ in range(4)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*scrapes)
        assert sorted(gate.asked) == [1, 2, 3, 4, 5]

    run(story())


def test_a_scrape_ends_at_its_deadline_and_later_answers_are_recorded() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=1)
        await bench.scrape(seconds=0.05)
        assert bench.job().state == "unread"
        gate.open()
        await bench.scrape()
        assert bench.job().state == "running"
        assert gate.asked == [1]

    run(story())


def test_what_could_not_be_started_by_the_deadline_is_counted() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=10, concurrency=3)
        deferred = await bench.scrape(seconds=0.05)
        assert deferred == (7, "deadline")
        gate.open()
        await bench.scrape()

    run(story())


def test_a_scrape_without_time_starts_reads_and_answers_at_once() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=2)
        await bench.scrape(seconds=0.0)
        gate.open()
        await bench.scrape()
        assert sorted(gate.asked) == [1, 2]

    run(story())


def test_a_scrape_ends_when_the_program_stops() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate)
        scrape = asyncio.create_task(bench.scrape())
        await asyncio.sleep(0)
        bench.stopping.set()
        await scrape
        gate.open()
        await asyncio.gather(*(t for t in asyncio.all_tasks() if t is not asyncio.current_task()))

    run(story())


def test_a_failed_read_keeps_the_last_values_and_counts_by_reason() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        bench.reader.answers[1] = DOWN
        await bench.scrape_after(10)
        assert bench.job().job == RUNNING
        assert bench.job().reading.error is DOWN
        assert bench.ledger.counters.errors["server_error"] == 1
        assert bench.ledger.counters.requests["500"] == 1

    run(story())


def test_one_jobs_trouble_leaves_the_others_alone() -> None:
    async def story() -> None:
        bench = Bench(Script({2: GONE}), jobs=3)
        await bench.scrape()
        assert [bench.job(n).state for n in (1, 2, 3)] == ["running", "unread", "running"]

    run(story())


@pytest.mark.parametrize(
    ("error", "up"),
    [
        (ReadTimeout("late"), False),
        (DOWN, False),
        (Unauthorized("refused", 401), False),
        (GONE, True),
        (RateLimited("spent", 429), True),
        (InvalidResponse("no JSON", 200), False),
        (InvalidResponse("a field is wrong", 200, from_api=True), True),
        (InvalidResponse("a redirect", 302), False),
    ],
    ids=repr,
)
def test_an_account_is_up_when_the_api_answers_and_accepts_the_key(
    error: Failure, up: bool
) -> None:
    async def story() -> None:
        bench = Bench(Script({1: error}))
        assert bench.up is None
        await bench.scrape()
        assert bench.up is up
        bench.reader.answers[1] = RUNNING
        await bench.scrape_after(3600)
        assert bench.up is True

    run(story())


FINISHED = {"event": "job finished", "log_level": "info", "account": "live", "job_id": 1}


def test_an_end_is_logged_and_counted_once_and_not_before_it_is_confirmed() -> None:
    async def story() -> None:
        bench = Bench(Script())
        await bench.scrape()
        bench.reader.answers[1] = DONE
        counts = []
        with capture_logs() as logs:
            for wait in (10, 10, 10, 10, 10, 86_400):
                await bench.scrape_after(wait)
                counts.append(bench.ledger.counters.finished["succeeded"])
        assert counts == [0, 0, 0, 0, 1, 1]
        assert bench.ledger.counters.job_seconds[DONE.state].total == 90.0
        told = [line for line in logs if line["event"] == "job finished"]
        assert told == [FINISHED | {"state": "succeeded"}]

    run(story())


def test_an_end_that_was_there_at_the_first_read_is_logged_so_and_not_counted() -> None:
    async def story() -> None:
        bench = Bench(Script({1: OVER}))
        with capture_logs() as logs:
            await bench.scrape()
            await bench.scrape_after(86_400)
        told = [line for line in logs if line["event"] == "job finished"]
        assert told == [FINISHED | {"state": "succeeded", "already": True}]
        assert set(bench.ledger.counters.finished.values()) == {0}

    run(story())


def test_a_field_that_cannot_be_read_is_logged_once_and_counted_each_time() -> None:
    odd = replace(RUNNING, unreadable=("totalCount", "isOffline"))

    async def story() -> None:
        bench = Bench(Script({1: odd}))
        with capture_logs() as logs:
            for job in (odd, odd, RUNNING, RUNNING):
                bench.reader.answers[1] = job
                await bench.scrape_after(10)
        told = [line for line in logs if line["log_level"] != "debug"]
        line = {"account": "live", "job_id": 1}
        assert told == [
            line
            | {"event": "fields of a job cannot be read", "log_level": "warning"}
            | {"fields": "totalCount, isOffline"},
            line | {"event": "fields of a job can be read again", "log_level": "info"},
        ]
        assert {k: n for k, n in bench.ledger.counters.unreadable.items() if n} == {
            "totalCount": 2,
            "isOffline": 2,
        }

    run(story())


def test_of_a_job_that_goes_while_it_is_read_no_odd_field_is_told() -> None:
    async def story() -> None:
        gate = Gate()
        gate.answers[1] = replace(RUNNING, unreadable=("totalCount",))
        bench = Bench(gate)
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: bool(gate.waiting))
        bench.ledger.watch([], bench.clock())
        with capture_logs() as logs:
            gate.open()
            await scrape
            await until(lambda: bool(bench.ledger.roster.readings))
        assert [line for line in logs if line["log_level"] != "debug"] == []

    run(story())


def test_at_another_address_nothing_is_told_of_the_jobs_of_the_old_one() -> None:
    async def story() -> None:
        script = Script({1: replace(RUNNING, unreadable=("totalCount",)), 2: GONE})
        bench = Bench(script, jobs=2)
        await bench.scrape()
        bench.ledger.at_another_address()
        script.answers.pop(1)
        with capture_logs() as logs:
            await bench.scrape_after(3600)
        told = [(line["event"], line["job_id"]) for line in logs if line["log_level"] != "debug"]
        assert told == [("job cannot be read", 2)]

    run(story())


def test_jobs_that_hang_again_leave_half_of_the_slots_to_the_others() -> None:
    async def story() -> None:
        gate = Gate(dict.fromkeys(range(1, 5), ReadTimeout("late")))
        bench = Bench(gate, jobs=8, concurrency=4)
        gate.open()
        await bench.scrape()
        gate.close()
        bench.clock.seconds += 60
        gate.answers.clear()
        gate.admit_one()
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: len(gate.waiting) == 4 and 1 in gate.asked[8:])
        waiting = sorted(gate.waiting)
        gate.open()
        await scrape
        assert waiting == [2, 3, 5, 6]

    run(story())


def test_a_scrape_at_each_refresh_active_reads_each_time() -> None:
    async def story() -> None:
        bench = Bench(Script())
        for _ in range(5):
            await bench.scrape_after(10)
        assert bench.reader.asked == [1] * 5

    run(story())


def test_a_request_that_was_never_made_is_not_counted() -> None:
    async def story() -> None:
        bench = Bench(Script({1: Unauthorized("no key", sent=False)}))
        await bench.scrape()
        assert bench.ledger.counters.errors["unauthorized"] == 1
        assert sum(bench.ledger.counters.requests.values()) == 0

    run(story())


def test_accounts_are_refreshed_side_by_side() -> None:
    async def story() -> None:
        slow, fast = Gate(), Script()
        first, second = Bench(slow), Bench(fast)
        both = [first.refresher, second.refresher]
        scrape = asyncio.create_task(refresh_all(both, LONG, asyncio.Event()))
        await until(lambda: second.job().state == "running")
        assert first.job().state == "unread"
        slow.open()
        await scrape

    run(story())


def test_a_read_at_an_address_that_is_old_by_now_is_made_anew_by_the_next_scrape() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, quota=Quota(per_minute=1_000, per_day=180_000))
        scrapes = [asyncio.create_task(bench.scrape())]
        await until(lambda: gate.waiting == {1})
        bench.ledger.at_another_address()
        bench.clock.seconds += 2 * AHEAD
        scrapes.append(asyncio.create_task(bench.scrape()))
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*scrapes)
        await bench.scrape()
        assert gate.asked == [1, 1]

    run(story())
