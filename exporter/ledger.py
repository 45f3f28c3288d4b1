"""All that is known of one account, and what may be read of it now. It asks nothing itself.

What happens is told to it, with the time; it keeps the readings, the budget, the breaker and the
counts in step.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from exporter.breaker import Breaker
from exporter.budget import Budget
from exporter.client import Answer
from exporter.config import Refresh, WatchedJob
from exporter.errors import RateLimited, UpstreamError
from exporter.events import Events
from exporter.health import ENOUGH, Health
from exporter.instant import Instant
from exporter.job import Job
from exporter.snapshot import AccountView, JobView
from exporter.tally import Tally
from exporter.watch import (
    UNREAD,
    Pending,
    Reading,
    due,
    failed,
    failed_with_all,
    is_due,
    just_ended,
    released,
    succeeded,
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to read a job, after it ended.

    `asked` is when the scrape came that wanted it, `started` and `ended` when it was made.
    """

    job_id: int
    asked: Instant
    started: Instant
    ended: Instant
    result: Answer | UpstreamError


class Ledger:
    """Keeps what is known of one account. `jitter` returns a number from 0 to 1."""

    def __init__(
        self,
        name: str,
        jobs: Sequence[WatchedJob],
        *,
        refresh: Refresh,
        budget: Budget,
        jitter: Callable[[], float],
    ) -> None:
        self.name = name
        self.tally = Tally()
        self._jobs = {job.id: job for job in jobs}
        self._refresh = refresh
        self._budget = budget
        self._breaker = Breaker()
        self._jitter = jitter
        self._readings: dict[int, Reading] = {}
        self._views: dict[int, JobView] = {}
        self._health = Health()
        self.events = Events(name)

    def view(self, now: Instant) -> AccountView:
        """Return what is known of the account and its jobs."""
        return AccountView(
            name=self.name,
            jobs=tuple(self._view(job, now) for job in self._jobs.values()),
            up=self._health.up,
            windows=self._budget.windows(now),
            tally=self.tally,
        )

    def _view(self, watched: WatchedJob, now: Instant) -> JobView:
        """Return what is known of a job: the same view as before where nothing has changed."""
        reading = self._readings.get(watched.id, UNREAD)
        job = reading.current(now, self._refresh.stale_after)
        view = self._views.get(watched.id)
        if view is None or view.reading is not reading or view.job is not job:
            view = self._views[watched.id] = JobView(self.name, watched, reading, job)
        return view

    @property
    def open(self) -> bool:
        """Whether the breaker is open: one read after each back-off tries the API."""
        return self._breaker.open

    def doubtful(self, now: Instant) -> bool:
        """Tell whether the API did not answer the last read, nor another one just before."""
        return self._breaker.failures > 0 and not self._budget.is_fresh(now)

    def goes_second(self, now: Instant) -> bool:
        """Tell whether the read that went ahead of the others is late, and another one follows."""
        return not self._budget.is_fresh(now) and len(self._budget.ahead()) > 0

    def due(self, now: Instant) -> Pending:
        """Return the reads that are due, the most urgent first."""
        return Pending(due(self._readings, self._jobs, now), self._readings)

    def is_due(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is to be read now."""
        return is_due(self._readings.get(job_id, UNREAD), now)

    def failing(self, job_id: int) -> bool:
        """Tell whether the last attempt to read a job failed."""
        return self._readings.get(job_id, UNREAD).error is not None

    def room(self, now: Instant) -> int:
        """Return how many reads may be started now, besides those that are in flight."""
        if self._breaker.holds(now.monotonic):
            return 0
        in_flight = self._budget.in_flight
        room = min(self._refresh.concurrency - len(in_flight), self._budget.allowance(now))
        if self._breaker.open:
            room = min(room, 1 - sum(sent >= self._breaker.until for sent in in_flight))
        return room

    def cause(self, now: Instant) -> str:
        """Return what keeps a read that is due from being started now, as the metrics name it."""
        if self._breaker.open:
            return "breaker"
        return "budget" if self._budget.spent(now) else "deadline"

    def start(self, now: Instant) -> None:
        """Note that a request is made."""
        self._budget = self._budget.started(now)

    def record(self, attempt: Attempt) -> None:
        """Note how an attempt ended."""
        self._count(attempt)
        if isinstance(attempt.result, UpstreamError):
            self._record_failure(attempt, attempt.result)
        else:
            self._record_job(attempt, attempt.result.job)

    def _count(self, attempt: Attempt) -> None:
        """Count a request against the budget, unless it was never made."""
        result, started, ended = attempt.result, attempt.started, attempt.ended
        error = result if isinstance(result, UpstreamError) else None
        if error is not None and not error.sent:
            self._budget = self._budget.not_sent(started)
            return
        limited = isinstance(error, RateLimited)
        good = not limited and (error is None or error.api_is_up)
        self._budget = self._budget.ended(result.said, started, ended, good=good)
        if limited:
            self._budget = self._budget.refused(result.said, started, ended)
        self.tally.count_request(result.status, ended.monotonic - started.monotonic)

    def _record_job(self, attempt: Attempt, job: Job) -> None:
        before = self._readings.get(attempt.job_id, UNREAD)
        self._readings[attempt.job_id] = succeeded(
            before, job, attempt.asked, attempt.ended, self._refresh
        )
        if just_ended(before, job):
            self.tally.count_finished(job.state, job.duration)
            self.events.finished(job)
        self._advance(attempt, None)
        self._tell(attempt.job_id, None, self._health.after_answer())

    def _record_failure(self, attempt: Attempt, error: UpstreamError) -> None:
        job_id, now = attempt.job_id, attempt.ended
        before = self._readings.get(job_id, UNREAD)
        self.tally.errors[error.reason] += 1
        if self._refuses_only(before, error):
            self._readings[job_id] = failed(before, error, now, self._refresh, self._jitter())
            self._tell(job_id, error, self._health)
            return
        self._advance(attempt, error)
        if self._breaker.open or isinstance(error, RateLimited):
            self._readings[job_id] = failed_with_all(before, error, now)
        else:
            self._readings[job_id] = failed(before, error, now, self._refresh, self._jitter())
        health = self._health.after_failure(
            job_id, error, self._unfinished(), certain=self._breaker.open
        )
        self._tell(job_id, error, health)

    def _refuses_only(self, before: Reading, error: UpstreamError) -> bool:
        """Tell whether the key is refused for this job alone.

        It was so the last time too, and between the two the API has accepted the key for another,
        as the closed breaker says.
        """
        again = before.error is not None and before.error.refuses_key
        return error.refuses_key and again and not self._breaker.open

    def _advance(self, attempt: Attempt, error: UpstreamError | None) -> None:
        """Open or close the breaker; once it has closed, what failed meanwhile is due again."""
        before, now = self._breaker, attempt.ended
        self._breaker = before.after(
            error, attempt.started.monotonic, now.monotonic, self._jitter()
        )
        if before.confirmed and not self._breaker.open:
            for job_id, reading in self._readings.items():
                self._readings[job_id] = released(reading, before.since, now)

    def _unfinished(self) -> int:
        """Return how many jobs are read at all, or `ENOUGH` when there are more."""
        still_read = (one for one in self._jobs if not self._readings.get(one, UNREAD).finished)
        return len(list(islice(still_read, ENOUGH)))

    def _tell(self, job_id: int, error: UpstreamError | None, health: Health) -> None:
        before, self._health = self._health, health
        self.events.read(job_id, error, before, health)
