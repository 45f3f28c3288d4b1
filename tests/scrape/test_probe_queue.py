"""The queue of the probes that wait for a slot."""

import asyncio

from exporter.model.instant import Instant
from exporter.scrape.probe_queue import ProbeQueue


def at(seconds: float) -> Instant:
    return Instant(seconds, seconds)


async def queue_of(*probes: int) -> ProbeQueue:
    """Return a queue of probes for these jobs, one a second."""
    queue = ProbeQueue()
    for seconds, job_id in enumerate(probes):
        queue.arrive(job_id)
        queue.enter(job_id, at(seconds))
    return queue


def test_probes_of_one_job_share_the_place_of_the_first() -> None:
    async def story() -> None:
        queue = await queue_of(3, 1, 3)
        assert list(queue) == [3, 1]
        assert queue.asked(3, at(9)) == at(0)

    asyncio.run(story())


def test_a_probe_that_departs_leaves_its_place_to_another_of_its_job() -> None:
    async def story() -> None:
        queue = await queue_of(3, 1, 3)
        queue.depart(3)
        assert list(queue) == [3, 1]
        queue.depart(3)
        assert list(queue) == [1]

    asyncio.run(story())


def test_a_waiting_probe_sees_when_its_job_leaves_the_queue() -> None:
    async def story() -> None:
        queue = await queue_of(3)
        leaving = queue.leaving(3)
        assert leaving is not None
        assert not leaving.done()
        queue.leave(3)
        assert leaving.done()
        assert (bool(queue), queue.leaving(3)) == (False, None)
        queue.leave(3)
        queue.depart(3)

    asyncio.run(story())
