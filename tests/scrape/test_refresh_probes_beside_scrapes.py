"""Probes and scrapes of one account: neither keeps the other from its reads."""

import asyncio

import pytest

from exporter.config.sections import Quota, WatchedJob
from exporter.model.attempt import Answer
from exporter.model.failures import Failure, ServerError
from exporter.model.rate_limit import RateLimit
from exporter.simulator import Fault, SimulatedJob
from tests.support.asgi import Ask, answer_to
from tests.support.in_process import START
from tests.support.installation import Installation, live, play, until
from tests.support.readers import DOWN, Gate, Script
from tests.support.scripted_account import ScriptedAccount, run


@pytest.mark.parametrize(
    "fault", [Fault.FORBIDDEN, Fault.BAD_REQUEST, Fault.SERVER_ERROR], ids=lambda one: one.name
)
def test_jobs_that_are_probed_and_fail_keep_no_watched_job_from_being_read(
    installation: Installation, fault: Fault
) -> None:
    async def story(installation: Installation) -> None:
        for job_id in range(100, 140):
            installation.api.put(SimulatedJob(job_id, created=START))
            installation.api.fail(fault, job_id)
        await installation.scrape()
        for job_id in range(100, 140):
            installation.seconds += 1.0
            await answer_to(installation.app, Ask(f"/probe?target={job_id}&account=live"))
        installation.asked()
        after = await installation.scrape()
        assert live(after, "up") == 1
        assert {1, 2, 3} <= set(installation.asked())

    play(installation, story)


def test_a_probe_tries_an_api_that_was_down_with_the_job_most_likely_to_be_answered(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.put(SimulatedJob(7, created=START))
        await installation.scrape()
        installation.api.fail(Fault.UNAVAILABLE)
        for _ in range(5):
            await installation.scrape(30.0)
        installation.api.fail(None)
        installation.api.fail(Fault.UNAVAILABLE, 7)
        installation.asked()
        installation.seconds += 60.0
        await answer_to(installation.app, Ask("/probe?target=7&account=live"))
        assert installation.asked()[0] in (1, 2, 3)
        assert live(await installation.scrape(), "up") == 1

    play(installation, story)


def test_where_the_budget_is_short_scrapes_make_the_reads_of_probes_too() -> None:
    quota = Quota(share=0.01, per_minute=1_000, per_day=180_000)

    async def story() -> None:
        script = Script()
        account = ScriptedAccount(script, jobs=20, quota=quota)
        for _ in range(120):
            account.clock.seconds += 30.0
            for job_id in range(11, 21):
                await account.probe(job_id)
            await account.scrape()
        reads = [script.asked[-60:].count(job_id) for job_id in range(1, 21)]
        assert max(reads) - min(reads) <= 1, "all are read equally often"

    run(story())


def test_once_a_scrape_is_no_longer_short_of_budget_probes_make_their_own_reads() -> None:
    quota = Quota(share=0.01, per_minute=1_000, per_day=180_000)

    async def story() -> None:
        script = Script()
        account = ScriptedAccount(script, jobs=20, quota=quota)
        await account.scrape()
        assert account.ledger.permits.is_short(account.clock())
        await account.scrape_after(60.0)
        account.ledger.watch([], account.clock())
        await account.scrape_after(60.0)
        assert not account.ledger.permits.is_short(account.clock())
        await account.probe(99)
        assert script.asked[-1] == 99

    run(story())


def test_a_hanging_read_of_a_job_that_was_only_probed_holds_no_scrape() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0)
        asked = asyncio.create_task(account.probe(7))
        await until(lambda: bool(gate.waiting))
        scrape = asyncio.create_task(account.scrape())
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {scrape}
        gate.open()
        await asked

    run(story())


def test_a_probe_without_budget_waits_for_no_read_of_another_job() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(
            gate, jobs=1, quota=Quota(share=0.001, per_minute=1_000, per_day=180_000)
        )
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: bool(gate.waiting))
        asked = asyncio.create_task(account.probe(7))
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        gate.open()
        await scrape

    run(story())


def test_where_every_watched_job_failed_a_probed_job_that_was_read_before_tries_the_api() -> None:
    async def story() -> None:
        script = Script()
        account = ScriptedAccount(script, jobs=1)
        await account.probe(7)
        script.answers[1] = script.answers[7] = DOWN
        for _ in range(8):
            await account.scrape_after(60.0)
        assert account.ledger.permits.breaker.open
        del script.answers[7]
        account.clock.seconds += 60.0
        await account.probe(7)
        assert script.asked[-1] == 7
        assert account.up

    run(story())


def test_a_503_with_retry_after_to_a_probe_holds_the_whole_account() -> None:
    async def story() -> None:
        said = RateLimit(retry_after=1200.0)
        error = ServerError("the API failed (503)", 503, said=said)
        script = Script({7: error})
        account = ScriptedAccount(script, jobs=1)
        await account.scrape()
        await account.probe(7)
        await account.scrape_after(1199)
        assert script.asked == [1, 7]
        await account.scrape_after(1)
        assert script.asked == [1, 7, 1]

    run(story())


def test_a_job_that_always_meets_a_503_with_retry_after_waits_longer_each_time() -> None:
    async def story() -> None:
        said = RateLimit(retry_after=60.0)
        error = ServerError("the API failed (503)", 503, said=said)
        script = Script({2: error})
        account = ScriptedAccount(script, jobs=2)
        for _ in range(360):
            await account.scrape_after(10)
        assert script.asked.count(2) <= 10
        assert script.asked.count(1) >= 260

    run(story())


def test_while_a_scrape_reads_half_of_the_slots_are_left_to_it() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=4)
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in range(10, 14)]
        await until(lambda: len(gate.waiting) == 4)
        account.ledger.watch([WatchedJob(id=job_id) for job_id in range(1, 9)], account.clock())
        more = [asyncio.create_task(account.probe(job_id)) for job_id in range(20, 30)]
        scrape = asyncio.create_task(account.scrape())
        gate.open()
        await asyncio.gather(scrape, *probes, *more)
        first = gate.asked[4:12]
        assert sum(job_id <= 8 for job_id in first) >= 3

    run(story())


class Stuck(Script):
    """Answers as its script says. The reads of some jobs hang until `released` is set."""

    def __init__(self, *job_ids: int) -> None:
        super().__init__()
        self.job_ids = job_ids
        self.released = asyncio.Event()

    async def read_for(self, job_id: int) -> Answer | Failure:
        if job_id in self.job_ids:
            await self.released.wait()
        return self.read(job_id)


def test_a_probe_does_not_wait_for_the_reads_of_others() -> None:
    async def story() -> None:
        stuck = Stuck(1, 2)
        account = ScriptedAccount(stuck, jobs=2, concurrency=3)
        scrape = asyncio.create_task(account.scrape())
        await asyncio.sleep(0)
        asked = asyncio.create_task(account.probe(7))
        done, _ = await asyncio.wait({scrape, asked}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        assert account.ledger.view_of(7, account.clock()).jobs[0].state == "running"
        stuck.released.set()
        await scrape

    run(story())
