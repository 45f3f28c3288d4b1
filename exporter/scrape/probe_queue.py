"""The probes of one account that wait for a slot, the first one first."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from exporter.model.instant import Instant


class _Place(NamedTuple):
    """When a probe was asked, and a sign that it need not wait any more."""

    asked: Instant
    begun: asyncio.Future[None]


class ProbeQueue:
    """Jobs that probes want to be read, in the order in which they came. Lives in an event loop.

    Probes of one job share a place. Each of them comes, and goes when it waits no longer.
    """

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}
        self._probes: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self._places)

    def __iter__(self) -> Iterator[int]:
        """Yield the jobs, the first in line first."""
        return iter(self._places)

    def at(self, part: float) -> int:
        """Return the job at this part of the line, from 0 to 1; somebody must stand in it."""
        return list(self._places)[min(int(part * len(self._places)), len(self._places) - 1)]

    def come(self, job_id: int) -> None:
        """Note that a probe wants a job."""
        self._probes[job_id] += 1

    def go(self, job_id: int) -> None:
        """Note that a probe waits no longer for a job; the last one gives up its place."""
        self._probes[job_id] -= 1
        if not self._probes[job_id]:
            del self._probes[job_id]
            self._places.pop(job_id, None)

    def stand(self, job_id: int, asked: Instant) -> None:
        """Stand in line for a job, unless another probe does."""
        if job_id not in self._places:
            begun = asyncio.get_running_loop().create_future()
            self._places[job_id] = _Place(asked, begun)

    def sign(self, job_id: int) -> asyncio.Future[None] | None:
        """Return what is done once a job has left the line; None when it is not in it."""
        place = self._places.get(job_id)
        return place.begun if place else None

    def asked(self, job_id: int, otherwise: Instant) -> Instant:
        """Return when a job was asked for, if it is in the line."""
        place = self._places.get(job_id)
        return place.asked if place else otherwise

    def leave(self, job_id: int) -> None:
        """Let the probes of a job go on: it is being read, by whomever, or not to be read."""
        place = self._places.pop(job_id, None)
        if place is not None:
            place.begun.set_result(None)
