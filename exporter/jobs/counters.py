"""The numbers behind the counters and histograms of one account, since the start."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from exporter.model.failures import REASONS
from exporter.model.job import OPTIONAL_FIELDS
from exporter.model.state import OUTCOMES, State

REQUEST_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds, from a fast answer to the default of `refresh.timeout`."""

JOB_BUCKETS = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 28_800.0, 86_400.0)
"""Upper bounds in seconds, from a minute to a day."""

DOCUMENTED_CODES = ("200", "400", "401", "404", "409", "429", "500")
"""The HTTP statuses that the API documents. Their counters begin at 0, so that `increase()` sees
the first answer of each."""

NO_ANSWER = "none"
DEFER_CAUSES = ("budget", "deadline", "breaker")


class Histogram:
    """Observations counted by size, as in Prometheus's histograms."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one observation. A bucket holds the values less than or equal to its bound."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def copy(self) -> "Histogram":
        """Return a copy that later observations do not change."""
        other = Histogram(self._bounds)
        other._counts, other.total = list(self._counts), self.total
        return other

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Yield each upper bound, infinity last, with the count of observations up to it."""
        return zip((*self._bounds, float("inf")), accumulate(self._counts), strict=True)


class Counters:
    """The numbers of one account. Every known label value begins at 0."""

    def __init__(self) -> None:
        self.requests: dict[str, int] = dict.fromkeys((*DOCUMENTED_CODES, NO_ANSWER), 0)
        self.request_seconds = Histogram(REQUEST_BUCKETS)
        self.errors = dict.fromkeys(REASONS, 0)
        self.unreadable = dict.fromkeys(OPTIONAL_FIELDS, 0)
        self.deferred = dict.fromkeys(DEFER_CAUSES, 0)
        self.finished: dict[str, int] = dict.fromkeys(OUTCOMES, 0)
        self.job_seconds = {state: Histogram(JOB_BUCKETS) for state in OUTCOMES}

    def copy(self) -> "Counters":
        """Return a copy that later reads do not change."""
        other = Counters()
        other.requests = dict(self.requests)
        other.request_seconds = self.request_seconds.copy()
        other.errors = dict(self.errors)
        other.unreadable = dict(self.unreadable)
        other.deferred = dict(self.deferred)
        other.finished = dict(self.finished)
        other.job_seconds = {state: one.copy() for state, one in self.job_seconds.items()}
        return other

    def count_request(self, status: int | None, seconds: float) -> None:
        """Count a request to the API by the status of its answer; None: no answer."""
        code = NO_ANSWER if status is None else str(status)
        self.requests[code] = self.requests.get(code, 0) + 1
        self.request_seconds.observe(seconds)

    def count_unreadable(self, fields: Iterable[str]) -> None:
        """Count the fields of an answer that could not be read."""
        for field in fields:
            self.unreadable[field] += 1

    def count_finished(self, state: State, seconds: float | None) -> None:
        """Count a job that was seen to finish, and its duration (`seconds`) if it is known.

        An end in the state `unknown` is not counted.
        """
        if state not in OUTCOMES:
            return
        self.finished[state] += 1
        if seconds is not None:
            self.job_seconds[state].observe(seconds)
