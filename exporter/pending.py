"""The reads that a scrape still wants, in two lines, and which of them goes next."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from exporter.watch import UNREAD, Reading


class Pending:
    """The reads that a scrape still wants, the most urgent first.

    Jobs whose last attempt failed stand in a line of their own: they may hang again, and must not
    hold every slot while others wait.
    """

    def __init__(self, job_ids: Iterable[int], readings: Mapping[int, Reading]) -> None:
        self._good: deque[_Place] = deque()
        self._retried: deque[_Place] = deque()
        for rank, job_id in enumerate(job_ids):
            reading = readings.get(job_id, UNREAD)
            line = self._good if reading.error is None else self._retried
            line.append(_Place(reading.settled, rank, job_id))

    def __bool__(self) -> bool:
        return bool(self._good or self._retried)

    def next(self, *, retry: bool) -> int | None:
        """Take the most urgent job; None when there is none that may be taken now.

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

    def trial(self, part: float = 1.0) -> int | None:
        """Take the job of which most is to be hoped; None: no more.

        That is one that did not fail, mostly the least urgent, which was read last: jobs that go
        wrong together often stand together, at the head of the line. `part`, from 0 to 1, is where
        it stands in the line. Where no other is left it is the most urgent one that failed.
        """
        if not self._good:
            return self._retried.popleft().job_id if self._retried else None
        index = min(int(part * len(self._good)), len(self._good) - 1)
        place = self._good[index]
        del self._good[index]
        return place.job_id

    def rest(self) -> Iterator[int]:
        """Yield the jobs that were not taken."""
        return (place.job_id for place in (*self._good, *self._retried))


class _Place(NamedTuple):
    """A job's place in a line: those of which the end is confirmed stand last, each by its rank."""

    settled: bool
    rank: int
    job_id: int
