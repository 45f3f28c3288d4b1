"""What is known of each watched job, and which jobs are due. Pure: told the time, reads nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from exporter.config.sections import Refresh
from exporter.jobs.end_confirmation import NO_END, End, after_judging, after_read, wait
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.backoff import of_job


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one job. A new one takes its place with each attempt to read the job.

    `job` holds the last good values, `read_at` says when they were read and `progressed_at` (Unix
    seconds) when they were last seen to change; `life` is how far the job has come by them.
    `asked_at` (when the scrape came that wanted the last good read), `attempted_at` (the end of the
    last attempt) and `due_at` (infinity: never again) are on the monotonic clock. `errors` counts
    every failed attempt, `failures` those in a row that were the job's own.
    """

    job: Job | None = None
    end: End = NO_END
    read_at: Instant | None = None
    progressed_at: float | None = None
    asked_at: float = -math.inf
    attempted_at: float | None = None
    due_at: float = -math.inf
    error: Failure | None = None
    failures: int = 0
    errors: int = 0

    @property
    def finished(self) -> bool:
        """Whether the job was finished when it was last read."""
        return self.job is not None and self.job.finished

    @property
    def settled(self) -> bool:
        """Whether the job is finished for certain: then it is read rarely, and after the others."""
        return self.finished and self.end.confirmed

    def current(self, now: Instant, stale_after: float) -> Job | None:
        """Return the values that may be shown now.

        None when there are none, or when they are of an unfinished job and older than
        `stale_after` seconds: then nobody can say that they still hold.
        """
        if self.job is None or self.read_at is None:
            return None
        old = now.monotonic - self.read_at.monotonic > stale_after
        return None if old and not self.finished else self.job


UNREAD = Reading()


def succeeded(
    reading: Reading, job: Job, asked: Instant, now: Instant, refresh: Refresh
) -> Reading:
    """Return the reading after an attempt that brought `job`.

    `asked` is when the scrape came that wanted it: scrapes that are `refresh.active` apart each
    find the job due, however long its read takes.
    """
    moved = reading.job is None or reading.job.progress != job.progress
    end = after_read(reading.end, reading.job, job, now, refresh.active)
    return replace(
        reading,
        job=job,
        end=end,
        read_at=now,
        progressed_at=now.unix if moved else reading.progressed_at,
        asked_at=asked.monotonic,
        attempted_at=now.monotonic,
        due_at=asked.monotonic + wait(end, now.monotonic, refresh),
        error=None,
        failures=0,
    )


def rescheduled(reading: Reading, before: Refresh, after: Refresh) -> Reading:
    """Return the reading once `after` has taken the place of `before`; a back-off is kept."""
    if reading.error is not None or reading.attempted_at is None:
        return reading
    old = wait(reading.end, reading.attempted_at, before)
    new = wait(reading.end, reading.attempted_at, after)
    return reading if old == new else replace(reading, due_at=reading.asked_at + new)


def shows_the_same(before: Reading, after: Reading) -> bool:
    """Tell whether two readings differ at most in when the job is due, which is not shown."""
    return replace(before, due_at=after.due_at) == after


def judged_anew(reading: Reading, words: Mapping[str, State], now: Instant) -> Reading:
    """Return the reading with its job in the state that `words` give it.

    One that is in another state by them is due, unless it is in a back-off: its end, or that it
    goes on, is still to be seen.
    """
    if reading.job is None:
        return reading
    job = reading.job.judged(words)
    if job == reading.job:
        return reading
    due_at = now.monotonic if reading.error is None else reading.due_at
    return replace(reading, job=job, end=after_judging(reading.end, job, now), due_at=due_at)


def with_another_key(reading: Reading, now: Instant) -> Reading:
    """Return the reading once the account has another key: a job that was refused is due."""
    if reading.error is None or not reading.error.refuses_key:
        return reading
    return replace(reading, failures=0, due_at=now.monotonic)


def failed(
    reading: Reading, error: Failure, now: Instant, refresh: Refresh, jitter: float
) -> Reading:
    """Return the reading after an attempt that failed: the last good values stay.

    `jitter` is from 0 to 1.
    """
    failures = reading.failures + 1
    wait = of_job(error, refresh.active).after(failures, jitter)
    return replace(
        reading,
        attempted_at=now.monotonic,
        due_at=now.monotonic + wait,
        error=error,
        failures=failures,
        errors=reading.errors + 1,
    )


def failed_with_all(reading: Reading, error: Failure, now: Instant) -> Reading:
    """Return the reading after an attempt that failed for a cause that is the whole account's.

    The job is not to blame: it is due again as soon as the account may be asked.
    """
    return replace(
        reading,
        attempted_at=now.monotonic,
        due_at=now.monotonic,
        error=error,
        errors=reading.errors + 1,
    )


def released(reading: Reading, since: float, now: Instant) -> Reading:
    """Return the reading once the API can be reached again, after it could not from `since` on.

    A job that failed in that time, and had not before, is due at once.
    """
    error = reading.error
    if error is None or error.api_is_up or reading.failures > 1:
        return reading
    if reading.attempted_at is None or reading.attempted_at < since:
        return reading
    return replace(reading, due_at=min(reading.due_at, now.monotonic))
