"""The reads that a scrape still wants, in lines, and which of them goes next."""

import math
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from exporter.jobs.reading import UNREAD, Reading
from exporter.model.instant import Instant


class DueReads:
    """The reads that a scrape still wants, the most urgent first.

    Jobs whose last attempt failed stand in a line of their own: they may hang again, and must not
    hold every slot while others wait. Strangers, which are not `watched`, stand apart from both.
    """

    def __init__(
        self, job_ids: Iterable[int], readings: Mapping[int, Reading], watched: Container[int]
    ) -> None:
        self._good: deque[_Place] = deque()
        self._retried: deque[_Place] = deque()
        self._known: deque[int] = deque()
        self._new: deque[int] = deque()
        for rank, job_id in enumerate(job_ids):
            reading = readings.get(job_id, UNREAD)
            if job_id not in watched:
                (self._new if reading.job is None else self._known).append(job_id)
                continue
            line = self._good if reading.error is None else self._retried
            line.append(_Place(reading.settled, rank, job_id, reading.attempted_at or -math.inf))

    def __len__(self) -> int:
        """Return how many watched jobs are left: no scrape waits for strangers."""
        return len(self._good) + len(self._retried)

    @property
    def has_strangers(self) -> bool:
        """Whether a stranger is left."""
        return bool(self._known or self._new)

    def stranger(self, *, new: bool) -> int:
        """Take a stranger, a `new` one or one that was read before, where there are both."""
        return (self._new if self._new and (new or not self._known) else self._known).popleft()

    def next(self, *, retry: bool) -> int | None:
        """Take the most urgent watched job; None when there is none that may be taken now.

        One that failed before is taken only with `retry`; without, an unsettled one waits, and
        settled ones wait behind it.
        """
        line = self._good
        if self._retried and (not line or self._retried[0] < line[0]):
            if retry:
                line = self._retried
            elif line and line[0].settled and not self._retried[0].settled:
                return None
        return line.popleft().job_id if line else None

    def trial(self, part: float = 1.0, *, stranger: bool = False) -> int | None:
        """Take the job that is most likely to be answered; None when there is none.

        That is one that did not fail, mostly the least urgent, which was read last: jobs that go
        wrong together often stand together, at the head of the line. `part`, from 0 to 1, is where
        it stands in the line. Where all have failed it is a stranger, if it is one's turn, else the
        one that was attempted longest ago: each has its turn, and one that fails for ever does not
        keep the others from showing that the API is well.
        """
        if not self._good:
            if stranger and self.has_strangers:
                return self.stranger(new=False)
            return self._take_oldest()
        index = min(int(part * len(self._good)), len(self._good) - 1)
        place = self._good[index]
        del self._good[index]
        return place.job_id

    def _take_oldest(self) -> int | None:
        """Take the job that failed and was attempted longest ago; None when there is none."""
        if not self._retried:
            return None
        oldest = min(self._retried, key=lambda place: place.attempted)
        self._retried.remove(oldest)
        return oldest.job_id

    def rest(self) -> Iterator[int]:
        """Yield the watched jobs that were not taken."""
        return (place.job_id for place in (*self._good, *self._retried))


NONE_DUE = DueReads((), {}, ())
"""No reads at all."""


class _Place(NamedTuple):
    """A job's place in a line: jobs with a confirmed end stand last, each by its rank.

    `attempted` is when it was last attempted (monotonic seconds).
    """

    settled: bool
    rank: int
    job_id: int
    attempted: float


def due(readings: Mapping[int, Reading], job_ids: Iterable[int], now: Instant) -> list[int]:
    """Return the jobs to read now, the most urgent first.

    Those whose end is confirmed come last, and in each class the longest unread first; never
    attempted is the longest. Jobs that are equal keep the order in which they are watched.
    """
    candidates = [
        (*_urgency(reading), rank, job_id)
        for rank, job_id in enumerate(job_ids)
        if is_due(reading := readings.get(job_id, UNREAD), now)
    ]
    return [job_id for *_, job_id in sorted(candidates)]


def is_due(reading: Reading, now: Instant) -> bool:
    """Tell whether a job is to be read now; one that was never attempted always is."""
    return now.monotonic >= reading.due_at


def _urgency(reading: Reading) -> tuple[bool, float]:
    attempted = -math.inf if reading.attempted_at is None else reading.attempted_at
    return (reading.settled, attempted)
