"""The probes that wait for a slot."""

import asyncio

from exporter.model.instant import Instant
from exporter.scrape.probe_queue import Line


def at(seconds: float) -> Instant:
    return Instant(seconds, seconds)


async def standing(*probes: int) -> Line:
    """Return a line in which these jobs were asked for, one a second."""
    line = Line()
    for seconds, job_id in enumerate(probes):
        line.come(job_id)
        line.stand(job_id, at(seconds))
    return line


def test_probes_of_one_job_share_the_place_of_the_first() -> None:
    async def story() -> None:
        line = await standing(3, 1, 3)
        assert list(line) == [3, 1]
        assert line.asked(3, at(9)) == at(0)

    asyncio.run(story())


def test_a_probe_that_waits_no_longer_leaves_the_place_to_another_of_its_job() -> None:
    async def story() -> None:
        line = await standing(3, 1, 3)
        line.go(3)
        assert list(line) == [3, 1]
        line.go(3)
        assert list(line) == [1]

    asyncio.run(story())


def test_whoever_waits_for_a_job_is_told_when_it_leaves_the_line() -> None:
    async def story() -> None:
        line = await standing(3)
        sign = line.sign(3)
        assert sign is not None
        assert not sign.done()
        line.leave(3)
        assert sign.done()
        assert (bool(line), line.sign(3)) == (False, None)
        line.leave(3)
        line.go(3)

    asyncio.run(story())
