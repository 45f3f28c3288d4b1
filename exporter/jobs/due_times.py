"""The times at which jobs are due, in order, so that nothing is searched while none is due."""

import math
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush

from exporter.model.instant import Instant

_SPARE = 64
"""Replaced times that are never worth the removal."""


class DueTimes:
    """Keeps the time at which each job is due (monotonic seconds), and the jobs that are due.

    `_later` is a heap of times to come. A time that was replaced counts for nothing, and stays in
    it until it comes, or until most of the heap are such times.
    """

    def __init__(self) -> None:
        self._times: dict[int, float] = {}
        self._later: list[tuple[float, int]] = []
        self._due: set[int] = set()

    def set(self, job_id: int, due_at: float) -> None:
        """Let a job be due at another time; infinity: never."""
        self._times[job_id] = due_at
        self._due.discard(job_id)
        if due_at < math.inf:
            heappush(self._later, (due_at, job_id))
        if len(self._later) > 2 * len(self._times) + _SPARE:
            self._later = [(at, one) for one, at in self._times.items()]
            heapify(self._later)

    def drop(self, job_id: int) -> None:
        """Forget a job."""
        self._times.pop(job_id, None)
        self._due.discard(job_id)

    def due(self, now: Instant) -> AbstractSet[int]:
        """Return the jobs that are due."""
        while self._later and self._later[0][0] <= now.monotonic:
            due_at, job_id = heappop(self._later)
            if self._times.get(job_id) == due_at:
                self._due.add(job_id)
        return self._due

    def next(self, now: Instant) -> float:
        """Return a time before which no other job becomes due."""
        self.due(now)
        return self._later[0][0] if self._later else math.inf
