"""Probes that wait in the queue for a slot: their order and their places."""

import asyncio

from exporter.config.sections import WatchedJob
from tests.support.installation import until
from tests.support.readers import DOWN, Gate
from tests.support.scripted_account import ScriptedAccount, run


def test_a_probe_waits_for_a_slot() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=1, concurrency=1)
        both = asyncio.gather(account.scrape(), account.probe(7))
        await until(lambda: bool(gate.waiting))
        gate.open()
        await both
        assert gate.asked == [1, 7]

    run(story())


def test_probes_in_the_queue_are_read_in_their_order_and_share_a_read() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=1)
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in (3, 1, 2, 3, 1)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [3, 1, 2]

    run(story())


def test_in_the_queue_new_and_known_strangers_take_turns() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=1)
        gate.open()
        await account.probe(7)
        gate.close()
        account.clock.seconds += 30.0
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in (9, 1, 2, 7)]
        await until(lambda: gate.waiting == {9})
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [7, 9, 7, 1, 2]

    run(story())


def test_after_a_failure_without_limits_a_probe_further_back_is_read() -> None:
    async def story() -> None:
        gate = Gate(dict.fromkeys((1, 2, 3), DOWN))
        account = ScriptedAccount(gate, jobs=0, known=False)
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in range(1, 8)]
        await until(lambda: gate.waiting == {1})
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked[:2] == [1, 5]

    run(story())


def test_a_probe_that_times_out_leaves_its_place_to_another_of_its_job() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=1)
        first = asyncio.create_task(account.probe(7))
        await until(lambda: bool(gate.waiting))
        short = asyncio.create_task(account.probe(1, seconds=0.05))
        others = [asyncio.create_task(account.probe(job_id)) for job_id in (1, 2)]
        await short
        gate.open()
        await asyncio.gather(first, *others)
        assert gate.asked == [7, 1, 2]

    run(story())


def test_a_probe_that_times_out_alone_gives_up_its_place() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=1)
        first = asyncio.create_task(account.probe(7))
        await until(lambda: bool(gate.waiting))
        await account.probe(1, seconds=0.05)
        other = asyncio.create_task(account.probe(2))
        gate.open()
        await asyncio.gather(first, other)
        assert gate.asked == [7, 2]

    run(story())


def test_a_job_that_a_scrape_reads_while_its_probe_is_in_the_queue_is_read_once() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=2)
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in (8, 9)]
        await until(lambda: len(gate.waiting) == 2)
        probes.append(asyncio.create_task(account.probe(1)))
        await asyncio.sleep(0)
        account.ledger.watch([WatchedJob(id=1), WatchedJob(id=2)], account.clock())
        scrape = asyncio.create_task(account.scrape())
        await asyncio.sleep(0)
        gate.admit_one()
        await until(lambda: 1 in gate.waiting)
        gate.open()
        await asyncio.gather(scrape, *probes)
        assert sorted(gate.asked) == [1, 2, 8, 9]

    run(story())


def test_a_probe_in_the_queue_of_an_account_that_goes_makes_no_read() -> None:
    async def story() -> None:
        gate = Gate()
        account = ScriptedAccount(gate, jobs=0, concurrency=1)
        probes = [asyncio.create_task(account.probe(job_id)) for job_id in (8, 9)]
        await until(lambda: bool(gate.waiting))
        await asyncio.sleep(0)
        account.ledger.retire(account.clock())
        gate.open()
        await asyncio.gather(*probes)
        assert gate.asked == [8]

    run(story())
