"""The due jobs, and the order in which a scrape reads them. Pure: the time is an argument."""

import math
from collections import deque
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from heapq import nsmallest
from itertools import islice
from typing import NamedTuple

from exporter.jobs.reading import UNREAD, Reading
from exporter.model.instant import Instant


def due(readings: Mapping[int, Reading], job_ids: Iterable[int], now: Instant) -> list[int]:
    """Return the due jobs, the most urgent first.

    Jobs with a confirmed end come after all others. In each of the two classes, jobs that were
    never attempted come first, then the one whose last attempt is oldest. Equal jobs keep the order
    in which they are watched.
    """
    moment, get = now.monotonic, readings.get  # of 10,000 jobs hardly any is due
    candidates = [
        (*_urgency(reading), rank, job_id)
        for rank, job_id in enumerate(job_ids)
        if (reading := get(job_id, UNREAD)).due_at <= moment
    ]
    return [job_id for *_, job_id in sorted(candidates)]


def is_due(reading: Reading, now: Instant) -> bool:
    """Tell whether a job is due; a job that was never attempted always is."""
    return now.monotonic >= reading.due_at


def is_read_often(reading: Reading) -> bool:
    """Tell whether a job has no confirmed end and is in no back-off."""
    return not reading.end_confirmed and reading.error is None


def likeliest_answered(
    readings: Mapping[int, Reading], job_ids: Collection[int], count: int
) -> list[int]:
    """Return `count` of the jobs, or none if that many are read often anyway.

    The jobs whose last attempt did not fail come first, then the one that is due soonest.
    """

    def doubt(job_id: int) -> tuple[bool, float]:
        reading = readings.get(job_id, UNREAD)
        return (reading.error is not None, reading.due_at)

    often = (job_id for job_id in job_ids if is_read_often(readings.get(job_id, UNREAD)))
    if len(list(islice(often, count))) == count:
        return []
    return nsmallest(count, job_ids, key=doubt)


def _urgency(reading: Reading) -> tuple[bool, float]:
    attempted = -math.inf if reading.attempted_at is None else reading.attempted_at
    return (reading.end_confirmed, attempted)


class _DueRead(NamedTuple):
    """A job's place in the order: jobs with a confirmed end last, each class sorted by rank.

    `attempted` is the time of the last attempt (monotonic seconds).
    """

    end_confirmed: bool
    rank: int
    job_id: int
    attempted: float


class DueReads:
    """The reads that a scrape still has to start, the most urgent first.

    Jobs whose last attempt failed have a queue of their own: they may hang again, and must not hold
    every slot while others wait. Strangers, the jobs that are not `watched`, have queues too.
    """

    def __init__(
        self, job_ids: Iterable[int], readings: Mapping[int, Reading], watched: Container[int]
    ) -> None:
        self._good: deque[_DueRead] = deque()
        self._retried: deque[_DueRead] = deque()
        self._known: deque[int] = deque()
        self._new: deque[int] = deque()
        for rank, job_id in enumerate(job_ids):
            reading = readings.get(job_id, UNREAD)
            if job_id not in watched:
                (self._new if reading.job is None else self._known).append(job_id)
                continue
            reads = self._good if reading.error is None else self._retried
            attempted = reading.attempted_at or -math.inf
            reads.append(_DueRead(reading.end_confirmed, rank, job_id, attempted))

    def __len__(self) -> int:
        """Return how many watched jobs are left; no scrape waits for strangers."""
        return len(self._good) + len(self._retried)

    @property
    def has_strangers(self) -> bool:
        """Whether a stranger is left."""
        return bool(self._known or self._new)

    def take_stranger(self, *, new: bool) -> int:
        """Take a stranger: a `new` one, without a good read, or a known one, else any left."""
        return (self._new if self._new and (new or not self._known) else self._known).popleft()

    def take_next(self, *, retry: bool) -> int | None:
        """Take the most urgent watched job, or None when none may be taken now.

        Without `retry`, jobs whose last attempt failed are skipped; but a job with a confirmed end
        does not pass one of these that has none, so then nothing is taken.
        """
        reads = self._good
        if self._retried and (not reads or self._retried[0] < reads[0]):
            if retry:
                reads = self._retried
            elif reads and reads[0].end_confirmed and not self._retried[0].end_confirmed:
                return None
        return reads.popleft().job_id if reads else None

    def take_for_trial(self, place: float = 1.0, *, stranger: bool = False) -> int | None:
        """Take the job most likely to be answered, or None when none is left.

        A job that did not fail comes first. `place` chooses among these: 0 the first, 1 the last.
        By default it is the last, which was read most recently: jobs that fail together often stand
        together at the front. If all have failed, take a stranger, if it is the `stranger`'s turn,
        else the job whose last attempt is longest ago. So each job gets its turn, and one that
        always fails does not keep the others from proving that the API is up.
        """
        if not self._good:
            if stranger and self.has_strangers:
                return self.take_stranger(new=False)
            return self._take_oldest()
        index = min(int(place * len(self._good)), len(self._good) - 1)
        chosen = self._good[index]
        del self._good[index]
        return chosen.job_id

    def _take_oldest(self) -> int | None:
        """Take the failed job whose last attempt is longest ago, or None without a failed job."""
        if not self._retried:
            return None
        oldest = min(self._retried, key=lambda place: place.attempted)
        self._retried.remove(oldest)
        return oldest.job_id

    def rest(self) -> Iterator[int]:
        """Yield the watched jobs that are left."""
        return (place.job_id for place in (*self._good, *self._retried))


NONE_DUE = DueReads((), {}, ())
"""No due reads."""
