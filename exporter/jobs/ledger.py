"""Everything known about one account, and how each attempt changes it. Makes no request itself.

The ledger keeps the readings, the budget, the breaker, the health and the counters in step. The
callers pass the time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.account_log import AccountLog
from exporter.jobs.api_health import ENOUGH, UP, ApiHealth, is_its_own
from exporter.jobs.counters import Counters
from exporter.jobs.reading import (
    Reading,
    after_outage,
    failed,
    failed_with_account,
    rescheduled,
    succeeded,
    with_another_key,
    with_other_words,
)
from exporter.jobs.roster import Roster
from exporter.jobs.snapshot import AccountView, Chunk, JobChunks
from exporter.model.attempt import Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import Block, Cause, Stop, block
from exporter.quota.budget import Budget
from exporter.quota.permits import Permits
from exporter.quota.strangers import needed


class Ledger:
    """Keeps everything known about one account. `jitter` returns a number from 0 to 1.

    `key_problem` says what is wrong with the key file, None when nothing is.
    """

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
        self.counters = Counters()
        self.log = AccountLog(name, self.roster.watched)
        self._refresh = refresh
        self.permits = Permits(budget, jitter)
        self._jitter = jitter
        self._health = ApiHealth()
        self._block: Block | None = None
        self._answered_at: float | None = None
        self._words: Mapping[str, State] | None = None
        self.era = self._era_of_address = 0
        self.key_problem: str | None = None

    def watch(self, jobs: Sequence[WatchedJob], now: Instant) -> None:
        """Watch `jobs` from now on; keep the readings of those that were watched before.

        If a job goes while reads are stopped, make another one due: the job that went may have been
        the only one that would have tried the API.
        """
        came, went = self.roster.watch(jobs, now)
        self.log.forget(went)
        if went and self._current_block(now):
            self.roster.make_due(1, (), now)
        if came or went:
            self.log.changed(len(jobs), len(came), len(went))

    def retire(self, now: Instant) -> None:
        """Stop watching all jobs; keep the readings for a while, in case the account comes back."""
        self.roster.leave(now)
        self.log.forget_all()

    def adopt(
        self, refresh: Refresh, quota: Quota, words: Mapping[str, State], now: Instant
    ) -> None:
        """Follow another configuration from now on; keep the readings and back-offs."""
        before, self._refresh = self._refresh, refresh
        self._words = words
        self.permits.governed_by(quota)
        self.roster.revise(
            lambda reading: with_other_words(rescheduled(reading, before, refresh), words, now)
        )

    def with_another_key(self, now: Instant) -> None:
        """Forget that the old key was refused. Where the API is up, it stays so until a read."""
        self.era += 1
        self.permits.with_another_key(now)
        if not self.permits.breaker.open and not self.up:
            self._health = ApiHealth()
        self.roster.revise(lambda reading: with_another_key(reading, now))

    def at_another_address(self) -> None:
        """Forget the old address and its readings: on another API these ids are other jobs."""
        self.era = self._era_of_address = self.era + 1
        self.permits.at_another_address()
        self._health = ApiHealth()
        self._answered_at = None
        self.roster.forget_readings()
        self.log.forget_all()

    def forget(self, job_id: int) -> None:
        """Forget a job that was probed, unless it is watched."""
        self.roster.forget(job_id)
        if job_id not in self.roster:
            self.log.forget({job_id})

    def view(self, now: Instant) -> AccountView:
        """Return the account and its watched jobs as they are now."""
        return self._view(self.roster.views(now, self._refresh.stale_after), now)

    def view_of(self, job_id: int, now: Instant) -> AccountView:
        """Return the account and one job, watched or not, as they are now."""
        view = self.roster.view(job_id, now, self._refresh.stale_after)
        return self._view(JobChunks(others=(Chunk((view,)),)), now)

    def _view(self, chunks: JobChunks, now: Instant) -> AccountView:
        return AccountView(
            name=self.name,
            chunks=chunks,
            up=self._health.up if self.roster.count_for_health() else None,
            trouble=self._health.trouble,
            key_problem=self.key_problem,
            block=self._current_block(now),
            answered_at=self._answered_at,
            windows=self.permits.budget.windows(now),
            share=self.permits.budget.share,
            reserve=self.permits.budget.reserve,
            refresh=self._refresh,
            counters=self.counters.copy(),
        )

    @property
    def up(self) -> bool | None:
        """Whether the API answers and accepts the key, by the last reads (None: not known)."""
        return self._health.up

    def note_block(self, now: Instant) -> None:
        """Note the current block at the end of a scrape, and log when a block begins or ends."""
        self._block = self._current_block(now)
        self.log.stopped(self._block, now)

    def _current_block(self, now: Instant) -> Block | None:
        """Return the current block. An API that is down blocks reads, even while reads try it."""
        if not self.roster.count_for_health():
            return None
        stops = self.permits.stops(now)
        if self._health.up is False and not self.permits.breaker.open:
            stops.append(Stop(Cause.UNREACHABLE, now.monotonic))
        return block(self._block, stops, now)

    def reads_a_minute(self) -> float:
        """Return how many reads a minute the watched jobs need."""
        return needed(self.roster.read_often(), self._refresh.active)

    def record(self, attempt: Attempt) -> None:
        """Record an attempt.

        An answer from a replaced address is only counted. A refusal of a replaced key, and that
        key's limits, are only counted too.
        """
        result, same_address = attempt.result, attempt.era >= self._era_of_address
        same_key = attempt.era >= self.era
        self.permits.count(attempt, same_key=same_key)
        if not isinstance(result, Failure) or result.sent:
            self.counters.count_request(result.status, attempt.seconds)
        if not same_address:
            self.roster.invalidate()
            return
        if same_key and attempt.good:
            self._answered_at = attempt.ended.unix
        if not isinstance(result, Failure):
            job = result.job if self._words is None else result.job.judged(self._words)
            self._record_job(attempt, job)
            return
        self.counters.errors[result.reason] += 1
        if same_key or not result.refuses_key:
            self._record_failure(attempt, result)

    def _record_job(self, attempt: Attempt, job: Job) -> None:
        before = self.roster.reading(attempt.job_id)
        after = succeeded(before, job, attempt.asked, attempt.ended, self._refresh)
        self.roster.note(attempt.job_id, after)
        if after.end.confirmed and not before.end.confirmed:
            self._finish(job, attempt.ended, witnessed=after.end.witnessed)
        self.counters.count_unreadable(job.unreadable)
        self.log.unreadable(job, attempt.ended, gone=attempt.job_id not in self.roster)
        self._advance(attempt, None)
        self._conclude(attempt.job_id, None, UP, attempt.ended)

    def _finish(self, job: Job, now: Instant, *, witnessed: bool) -> None:
        """Log a confirmed end, and count it if a read saw the job unfinished (`witnessed`).

        An end before the first read is not counted: every restart would count it again.
        """
        self.log.finished(job, now, already=not witnessed)
        if witnessed:
            self.counters.count_finished(job.state, job.duration)

    def _record_failure(self, attempt: Attempt, error: Failure) -> None:
        job_id, now, wait = attempt.job_id, attempt.ended, attempt.asked_to_wait
        before = self.roster.reading(job_id)
        if (
            wait is None
            and not self.permits.breaker.open
            and self._is_its_own(job_id, before, error)
        ):
            self.roster.note(job_id, failed(before, error, now, self._refresh, self._jitter()))
            self._conclude(job_id, error, self._health, now)
            return
        self._advance(attempt, error)
        if wait is None and (self.permits.breaker.open or isinstance(error, RateLimited)):
            self.roster.note(job_id, failed_with_account(before, error, now))
        else:
            after = failed(before, error, now, self._refresh, self._jitter())
            self.roster.note(job_id, replace(after, due_at=after.due_at + (wait or 0.0)))
        health = self._health.after_failure(
            job_id, error, self.roster.count_for_health(), certain=self.permits.breaker.open
        )
        if not error.api_is_up:
            excluding = health.suspects | {job_id}
            self.roster.make_due(max(1, ENOUGH - len(excluding)), excluding, now)
        self._conclude(job_id, error, health, now)

    def _is_its_own(self, job_id: int, before: Reading, error: Failure) -> bool:
        speaks = self.roster.speaks_for_the_api(job_id)
        return is_its_own(before, error, speaks=speaks, up=self._health.up)

    def _advance(self, attempt: Attempt, error: Failure | None) -> None:
        """Open or close the breaker; once it closes, make jobs due that failed in the outage."""
        before = self.permits.advance(attempt, error)
        if before.confirmed and not self.permits.breaker.open:
            self.roster.revise(lambda reading: after_outage(reading, before.since, attempt.ended))

    def _conclude(
        self, job_id: int, error: Failure | None, health: ApiHealth, now: Instant
    ) -> None:
        self._health = health
        self._block = self._current_block(now)
        self.log.api(error, health, self._block, now)
        self.log.read(job_id, error, health, now, gone=job_id not in self.roster)
