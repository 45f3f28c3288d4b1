"""Probes and scrapes of one account: neither keeps the other from its reads."""

import asyncio
import threading

import pytest

from exporter.config.sections import Quota, WatchedJob
from exporter.model.attempt import Answer
from exporter.model.failures import Failure, ServerError
from exporter.model.rate_limit import RateLimit
from exporter.simulator import Fault, SimulatedJob
from tests.support.asgi import Ask, answer_to
from tests.support.bench import DOWN, Bench, run
from tests.support.house import House, live, play, until
from tests.support.readers import Gate, Script
from tests.support.stage import START


@pytest.mark.parametrize(
    "fault", [Fault.FORBIDDEN, Fault.BAD_REQUEST, Fault.SERVER_ERROR], ids=lambda one: one.name
)
def test_jobs_that_are_probed_and_fail_keep_no_watched_job_from_being_read(
    house: House, fault: Fault
) -> None:
    async def story(house: House) -> None:
        for job_id in range(100, 140):
            house.api.put(SimulatedJob(job_id, created=START))
            house.api.fail(fault, job_id)
        await house.scrape()
        for job_id in range(100, 140):
            house.seconds += 1.0
            await answer_to(house.app, Ask(f"/probe?target={job_id}&account=live"))
        house.asked()
        after = await house.scrape()
        assert live(after, "up") == 1
        assert {1, 2, 3} <= set(house.asked())

    play(house, story)


def test_a_probe_tries_an_api_that_was_down_with_the_job_most_likely_to_be_answered(
    house: House,
) -> None:
    async def story(house: House) -> None:
        house.api.put(SimulatedJob(7, created=START))
        await house.scrape()
        house.api.fail(Fault.UNAVAILABLE)
        for _ in range(5):
            await house.scrape(30.0)
        house.api.fail(None)
        house.api.fail(Fault.UNAVAILABLE, 7)
        house.asked()
        house.seconds += 60.0
        await answer_to(house.app, Ask("/probe?target=7&account=live"))
        assert house.asked()[0] in (1, 2, 3)
        assert live(await house.scrape(), "up") == 1

    play(house, story)


def test_where_the_budget_is_short_scrapes_make_the_reads_of_probes_too() -> None:
    quota = Quota(share=0.01, per_minute=1_000, per_day=180_000)

    async def story() -> None:
        script = Script()
        bench = Bench(script, jobs=20, quota=quota)
        for _ in range(120):
            bench.clock.seconds += 30.0
            for job_id in range(11, 21):
                await bench.probe(job_id)
            await bench.scrape()
        reads = [script.asked[-60:].count(job_id) for job_id in range(1, 21)]
        assert max(reads) - min(reads) <= 1, "all are read equally often"

    run(story())


def test_once_a_scrape_is_no_longer_short_of_budget_probes_make_their_own_reads() -> None:
    quota = Quota(share=0.01, per_minute=1_000, per_day=180_000)

    async def story() -> None:
        script = Script()
        bench = Bench(script, jobs=20, quota=quota)
        await bench.scrape()
        assert bench.ledger.permits.is_short(bench.clock())
        await bench.scrape_after(60.0)
        bench.ledger.watch([], bench.clock())
        await bench.scrape_after(60.0)
        assert not bench.ledger.permits.is_short(bench.clock())
        await bench.probe(99)
        assert script.asked[-1] == 99

    run(story())


def test_a_hanging_read_of_a_job_that_was_only_probed_holds_no_scrape() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0)
        asked = asyncio.create_task(bench.probe(7))
        await until(lambda: bool(gate.waiting))
        scrape = asyncio.create_task(bench.scrape())
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {scrape}
        gate.open()
        await asked

    run(story())


def test_a_probe_without_budget_waits_for_no_read_of_another_job() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=1, quota=Quota(share=0.001, per_minute=1_000, per_day=180_000))
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: bool(gate.waiting))
        asked = asyncio.create_task(bench.probe(7))
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        gate.open()
        await scrape

    run(story())


def test_where_every_watched_job_failed_a_probed_job_that_was_read_before_tries_the_api() -> None:
    async def story() -> None:
        script = Script()
        bench = Bench(script, jobs=1)
        await bench.probe(7)
        script.answers[1] = script.answers[7] = DOWN
        for _ in range(8):
            await bench.scrape_after(60.0)
        assert bench.ledger.permits.breaker.open
        del script.answers[7]
        bench.clock.seconds += 60.0
        await bench.probe(7)
        assert script.asked[-1] == 7
        assert bench.up

    run(story())


def test_a_503_with_retry_after_to_a_probe_holds_the_whole_account() -> None:
    async def story() -> None:
        said = RateLimit(retry_after=1200.0)
        error = ServerError("the API failed (503)", 503, said=said)
        script = Script({7: error})
        bench = Bench(script, jobs=1)
        await bench.scrape()
        await bench.probe(7)
        await bench.scrape_after(1199)
        assert script.asked == [1, 7]
        await bench.scrape_after(1)
        assert script.asked == [1, 7, 1]

    run(story())


def test_a_job_that_always_meets_a_503_with_retry_after_waits_longer_each_time() -> None:
    async def story() -> None:
        said = RateLimit(retry_after=60.0)
        error = ServerError("the API failed (503)", 503, said=said)
        script = Script({2: error})
        bench = Bench(script, jobs=2)
        for _ in range(360):
            await bench.scrape_after(10)
        assert script.asked.count(2) <= 10
        assert script.asked.count(1) >= 260

    run(story())


def test_while_a_scrape_reads_half_of_the_slots_are_left_to_it() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=4)
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in range(10, 14)]
        await until(lambda: len(gate.waiting) == 4)
        bench.ledger.watch([WatchedJob(id=job_id) for job_id in range(1, 9)], bench.clock())
        more = [asyncio.create_task(bench.probe(job_id)) for job_id in range(20, 30)]
        scrape = asyncio.create_task(bench.scrape())
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
        self.released = threading.Event()

    def read(self, job_id: int) -> Answer | Failure:
        if job_id in self.job_ids:
            self.released.wait()
        return super().read(job_id)


def test_a_probe_does_not_wait_for_the_reads_of_others() -> None:
    async def story() -> None:
        stuck = Stuck(1, 2)
        bench = Bench(stuck, jobs=2, concurrency=3)
        scrape = asyncio.create_task(bench.scrape())
        await asyncio.sleep(0)
        asked = asyncio.create_task(bench.probe(7))
        done, _ = await asyncio.wait({scrape, asked}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        assert bench.ledger.view_of(7, bench.clock()).jobs[0].state == "running"
        stuck.released.set()
        await scrape

    run(story())
