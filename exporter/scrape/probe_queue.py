"""The probes of one account that wait for a slot, in the order of arrival."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from exporter.model.instant import Instant


class _Waiting(NamedTuple):
    """When the job's first probe came, and a future that ends when the job leaves the queue."""

    asked: Instant
    left: asyncio.Future[None]


class ProbeQueue:
    """The jobs that probes wait for, in the order of arrival. Lives in one event loop.

    Probes of the same job share a place. Each probe arrives once, and departs when it stops
    waiting.
    """

    def __init__(self) -> None:
        self._places: dict[int, _Waiting] = {}
        self._probes: Counter[int] = Counter()

    def __bool__(self) -> bool:
        return bool(self._places)

    def __iter__(self) -> Iterator[int]:
        """Yield the jobs, the longest waiting first."""
        return iter(self._places)

    def at(self, place: float) -> int:
        """Return the job at a place from 0 (first) to 1 (last). The queue must not be empty."""
        return list(self._places)[min(int(place * len(self._places)), len(self._places) - 1)]

    def arrive(self, job_id: int) -> None:
        """Note that a probe of a job came."""
        self._probes[job_id] += 1

    def depart(self, job_id: int) -> None:
        """Note that a probe has stopped waiting; the last probe of a job gives up its place."""
        self._probes[job_id] -= 1
        if not self._probes[job_id]:
            del self._probes[job_id]
            self._places.pop(job_id, None)

    def enter(self, job_id: int, asked: Instant) -> None:
        """Give a job a place, unless it has one; `asked` is when the probe came."""
        if job_id not in self._places:
            left = asyncio.get_running_loop().create_future()
            self._places[job_id] = _Waiting(asked, left)

    def leaving(self, job_id: int) -> asyncio.Future[None] | None:
        """Return a future that ends when a job leaves the queue; None if the job has no place."""
        place = self._places.get(job_id)
        return place.left if place else None

    def asked(self, job_id: int, otherwise: Instant) -> Instant:
        """Return when the first probe of a queued job came; `otherwise` for any other job."""
        place = self._places.get(job_id)
        return place.asked if place else otherwise

    def leave(self, job_id: int) -> None:
        """Take a job out of the queue: its read has started, or is no longer wanted."""
        place = self._places.pop(job_id, None)
        if place is not None:
            place.left.set_result(None)
