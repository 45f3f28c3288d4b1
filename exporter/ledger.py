"""All that is known of one account, and what may be read of it now. It asks nothing itself.

What happens is told to it, with the time; it keeps the readings, the budget, the breaker and the
counts in step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from exporter.breaker import Breaker
from exporter.budget import Budget
from exporter.client import Answer
from exporter.config import Quota, Refresh, WatchedJob
from exporter.errors import RateLimited, UpstreamError
from exporter.events import Events
from exporter.health import Health
from exporter.instant import Instant
from exporter.job import Job
from exporter.pending import Pending
from exporter.roster import Roster
from exporter.snapshot import AccountView, JobView
from exporter.state import State
from exporter.tally import Tally
from exporter.watch import (
    Reading,
    failed,
    failed_with_all,
    judged_anew,
    just_ended,
    released,
    rescheduled,
    succeeded,
    with_another_key,
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
        self.roster = Roster(name, jobs)
        self.tally = Tally()
        self.events = Events(name)
        self._refresh = refresh
        self._budget = budget
        self._breaker = Breaker()
        self._jitter = jitter
        self._health = Health()

    def watch(self, jobs: Sequence[WatchedJob]) -> None:
        """Watch these jobs from now on; what is known of those that stay is kept."""
        came, went = self.roster.watch(jobs)
        self.events.forget(went)
        if came or went:
            self.events.changed(len(jobs), len(came), len(went))

    def adopt(
        self, refresh: Refresh, quota: Quota, words: Mapping[str, State], now: Instant
    ) -> None:
        """Go by another configuration from now on; all that is known is kept, back-offs too."""
        before, self._refresh = self._refresh, refresh
        self._budget = self._budget.governed_by(quota)
        self.roster.revise(
            lambda reading: judged_anew(rescheduled(reading, before, refresh), words, now)
        )

    def with_another_key(self, now: Instant) -> None:
        """Forget that the key was refused: there is another one."""
        self._breaker = self._breaker.with_another_key(now.monotonic)
        self.roster.revise(lambda reading: with_another_key(reading, now))

    def forget(self, job_id: int) -> None:
        """Forget a job that was probed, unless it is watched."""
        self.roster.forget(job_id)
        if job_id not in self.roster:
            self.events.forget({job_id})

    def view(self, now: Instant) -> AccountView:
        """Return what is known of the account and its jobs."""
        return self._view(self.roster.views(now, self._refresh.stale_after), now)

    def view_of(self, job_id: int, now: Instant) -> AccountView:
        """Return what is known of the account, and of one job that may not be watched."""
        return self._view((self.roster.view(job_id, now, self._refresh.stale_after),), now)

    def _view(self, jobs: tuple[JobView, ...], now: Instant) -> AccountView:
        return AccountView(
            name=self.name,
            jobs=jobs,
            up=self._health.up,
            windows=self._budget.windows(now),
            tally=self.tally,
        )

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

    def due(self, now: Instant, job_id: int | None = None) -> Pending:
        """Return the reads of the watched jobs, or of one job, that are due: most urgent first."""
        return self.roster.due(now, job_id)

    def is_due(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is to be read now."""
        return self.roster.is_due(job_id, now)

    def failing(self, job_id: int) -> bool:
        """Tell whether the last attempt to read a job failed."""
        return self.roster.reading(job_id).error is not None

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
        before = self.roster.reading(attempt.job_id)
        self.roster.note(
            attempt.job_id, succeeded(before, job, attempt.asked, attempt.ended, self._refresh)
        )
        if just_ended(before, job):
            self.tally.count_finished(job.state, job.duration)
            self.events.finished(job)
        self._advance(attempt, None)
        self._tell(attempt.job_id, None, self._health.after_answer())

    def _record_failure(self, attempt: Attempt, error: UpstreamError) -> None:
        job_id, now = attempt.job_id, attempt.ended
        before = self.roster.reading(job_id)
        self.tally.errors[error.reason] += 1
        if self._refuses_only(before, error):
            self.roster.note(job_id, failed(before, error, now, self._refresh, self._jitter()))
            self._tell(job_id, error, self._health)
            return
        self._advance(attempt, error)
        if self._breaker.open or isinstance(error, RateLimited):
            self.roster.note(job_id, failed_with_all(before, error, now))
        else:
            self.roster.note(job_id, failed(before, error, now, self._refresh, self._jitter()))
        health = self._health.after_failure(
            job_id, error, self.roster.unfinished(), certain=self._breaker.open
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
            self.roster.revise(lambda reading: released(reading, before.since, now))

    def _tell(self, job_id: int, error: UpstreamError | None, health: Health) -> None:
        before, self._health = self._health, health
        self.events.read(job_id, error, before, health)
        if job_id not in self.roster:  # it went while it was read
            self.events.forget({job_id})
