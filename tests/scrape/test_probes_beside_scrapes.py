"""Probes and scrapes of one account: none starves the other, and no stranger blinds it."""

import asyncio

import pytest

from exporter.config.sections import Quota, WatchedJob
from exporter.model.failures import ServerError
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
def test_a_job_that_somebody_probes_for_and_that_fails_blinds_no_other(
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


def test_a_probe_tries_an_api_that_was_down_with_the_job_of_which_most_is_to_be_hoped(
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


def test_where_the_budget_is_short_scrapes_read_for_probes_of_watched_jobs_too() -> None:
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


def test_a_scrape_that_is_not_short_any_more_lets_probes_read_by_themselves() -> None:
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
        while not gate.waiting:  # noqa: ASYNC110  it is a thread that waits
            await asyncio.sleep(0)
        scrape = asyncio.create_task(bench.scrape())
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {scrape}
        gate.open()
        await asked

    run(story())


def test_a_probe_that_may_ask_nothing_waits_for_no_read_of_another_job() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=1, quota=Quota(share=0.001, per_minute=1_000, per_day=180_000))
        scrape = asyncio.create_task(bench.scrape())
        while not gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        asked = asyncio.create_task(bench.probe(7))
        done, _ = await asyncio.wait({asked, scrape}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {asked}
        gate.open()
        await scrape

    run(story())


def test_probes_in_a_line_are_read_in_their_order_and_share_a_read() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=1)
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in (3, 1, 2, 3, 1)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [3, 1, 2]

    run(story())


def test_where_every_watched_job_failed_an_api_that_was_down_is_tried_with_one_read_before() -> (
    None
):
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


def test_in_a_line_ids_that_were_never_read_and_others_take_turns() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=1)
        gate.open()
        await bench.probe(7)
        gate.close()
        bench.clock.seconds += 30.0
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in (9, 1, 2, 7)]
        await until(lambda: gate.waiting == {9})
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [7, 9, 7, 1, 2]

    run(story())


def test_after_a_failure_that_told_no_limits_a_probe_behind_is_read() -> None:
    async def story() -> None:
        gate = Gate(dict.fromkeys((1, 2, 3), DOWN))
        bench = Bench(gate, jobs=0, known=False)
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in range(1, 8)]
        await until(lambda: gate.waiting == {1})
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked[:2] == [1, 5]

    run(story())


def test_a_probe_that_times_out_leaves_its_place_in_line_to_another_of_its_job() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=1)
        first = asyncio.create_task(bench.probe(7))
        while not gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        short = asyncio.create_task(bench.probe(1, seconds=0.05))
        others = [asyncio.create_task(bench.probe(job_id)) for job_id in (1, 2)]
        await short
        gate.open()
        await asyncio.gather(first, *others)
        assert gate.asked == [7, 1, 2]

    run(story())


def test_a_probe_that_times_out_alone_gives_its_place_up() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=1)
        first = asyncio.create_task(bench.probe(7))
        while not gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await bench.probe(1, seconds=0.05)
        other = asyncio.create_task(bench.probe(2))
        gate.open()
        await asyncio.gather(first, other)
        assert gate.asked == [7, 2]

    run(story())


def test_a_503_that_asks_to_come_back_later_holds_the_account_whoever_asked() -> None:
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


def test_a_job_that_always_asks_to_come_back_later_waits_longer_each_time() -> None:
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
        while len(gate.waiting) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0)
        bench.ledger.watch([WatchedJob(id=job_id) for job_id in range(1, 9)], bench.clock())
        more = [asyncio.create_task(bench.probe(job_id)) for job_id in range(20, 30)]
        scrape = asyncio.create_task(bench.scrape())
        gate.open()
        await asyncio.gather(scrape, *probes, *more)
        first = gate.asked[4:12]
        assert sum(job_id <= 8 for job_id in first) >= 3

    run(story())


def test_a_job_that_a_scrape_reads_while_its_probe_stands_in_line_is_read_once() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=2)
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in (8, 9)]
        while len(gate.waiting) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        probes.append(asyncio.create_task(bench.probe(1)))
        await asyncio.sleep(0)
        bench.ledger.watch([WatchedJob(id=1), WatchedJob(id=2)], bench.clock())
        scrape = asyncio.create_task(bench.scrape())
        await asyncio.sleep(0)
        gate.admit_one()
        while 1 not in gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(scrape, *probes)
        assert sorted(gate.asked) == [1, 2, 8, 9]

    run(story())


def test_a_probe_in_line_for_an_account_that_goes_asks_nothing_more() -> None:
    async def story() -> None:
        gate = Gate()
        bench = Bench(gate, jobs=0, concurrency=1)
        probes = [asyncio.create_task(bench.probe(job_id)) for job_id in (8, 9)]
        while not gate.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        bench.ledger.retire(bench.clock())
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [8]

    run(story())
