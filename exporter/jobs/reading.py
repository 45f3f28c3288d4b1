"""The reading of a job: everything known about it, and how each attempt changes that. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from exporter.config.sections import Refresh
from exporter.jobs.end_confirmation import (
    NO_END,
    End,
    after_other_words,
    after_read,
    time_to_next_read,
)
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.backoff import of_job


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything known about one job. Each attempt to read the job makes a new reading.

    `job` holds the last good values, `end` the end that they show, and `read_at` the time of that
    read. `progressed_at` is when a read last saw the values change (Unix seconds). Three times are
    monotonic seconds: `asked_at` is the arrival of the scrape that wanted the last good read,
    `attempted_at` the end of the last attempt, and `due_at` the time of the next (infinity: never).
    `error` is how the last attempt failed, None if it worked, and `failing_since` is when the first
    attempt failed after the last good read (Unix seconds). `errors` counts all failed attempts.
    `failures` counts those in a row that set the job's own back-off; a failure of the whole account
    does not.
    """

    job: Job | None = None
    end: End = NO_END
    read_at: Instant | None = None
    progressed_at: float | None = None
    asked_at: float = -math.inf
    attempted_at: float | None = None
    due_at: float = -math.inf
    error: Failure | None = None
    failing_since: float | None = None
    failures: int = 0
    errors: int = 0

    @property
    def finished(self) -> bool:
        """Whether the job was finished when it was last read."""
        return self.job is not None and self.job.finished

    @property
    def end_confirmed(self) -> bool:
        """Whether the end is confirmed. Such a job is read rarely, and after the others."""
        return self.finished and self.end.confirmed

    def current(self, now: Instant, stale_after: float) -> Job | None:
        """Return the values to show now, or None without values to show.

        Values of an unfinished job that are older than `stale_after` seconds are not shown: nobody
        knows whether they still hold.
        """
        if self.job is None or self.read_at is None:
            return None
        old = now.monotonic - self.read_at.monotonic > stale_after
        return None if old and not self.finished else self.job


UNREAD = Reading()


def succeeded(
    reading: Reading, job: Job, asked: Instant, now: Instant, refresh: Refresh
) -> Reading:
    """Return the reading after an attempt that returned `job`.

    `asked` is the arrival of the scrape that wanted the read. The time to the next read counts from
    `asked` and not from the end of the read, so a slow read delays nothing.
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
        due_at=asked.monotonic + time_to_next_read(end, now.monotonic, refresh),
        error=None,
        failing_since=None,
        failures=0,
    )


def rescheduled(reading: Reading, before: Refresh, after: Refresh) -> Reading:
    """Return the reading under another `refresh`; a back-off stays unchanged."""
    if reading.error is not None or reading.attempted_at is None:
        return reading
    old = time_to_next_read(reading.end, reading.attempted_at, before)
    new = time_to_next_read(reading.end, reading.attempted_at, after)
    return reading if old == new else replace(reading, due_at=reading.asked_at + new)


def with_other_words(reading: Reading, words: Mapping[str, State], now: Instant) -> Reading:
    """Return the reading after a change of the user's status `words`.

    A job whose state changes is due, unless it is in a back-off: only a read can show whether the
    job has ended.
    """
    if reading.job is None:
        return reading
    job = reading.job.judged(words)
    if job == reading.job:
        return reading
    due_at = now.monotonic if reading.error is None else reading.due_at
    return replace(reading, job=job, end=after_other_words(reading.end, job, now), due_at=due_at)


def with_another_key(reading: Reading, now: Instant) -> Reading:
    """Return the reading after a change of the account's key: a job that was refused is due."""
    if reading.error is None or not reading.error.refuses_key:
        return reading
    return replace(reading, failures=0, due_at=now.monotonic)


def failed(
    reading: Reading, error: Failure, now: Instant, refresh: Refresh, jitter: float
) -> Reading:
    """Return the reading after an attempt that failed; the last good values stay.

    `jitter` is from 0 to 1.
    """
    failures = reading.failures + 1
    wait = of_job(error, refresh.active).after(failures, jitter)
    return replace(
        reading,
        attempted_at=now.monotonic,
        due_at=now.monotonic + wait,
        error=error,
        failing_since=_failing_since(reading, now),
        failures=failures,
        errors=reading.errors + 1,
    )


def failed_with_account(reading: Reading, error: Failure, now: Instant) -> Reading:
    """Return the reading after an attempt that failed for a cause that affects the whole account.

    The job is not to blame, so it is due as soon as the account may be read again.
    """
    return replace(
        reading,
        attempted_at=now.monotonic,
        due_at=now.monotonic,
        error=error,
        failing_since=_failing_since(reading, now),
        errors=reading.errors + 1,
    )


def _failing_since(reading: Reading, now: Instant) -> float:
    """Return since when reads fail, given that one has failed now."""
    return now.unix if reading.failing_since is None else reading.failing_since


def after_outage(reading: Reading, since: float, now: Instant) -> Reading:
    """Return the reading once the API can be reached again, after an outage that began at `since`.

    A job is due now if it failed in the outage and had not failed just before.
    """
    error = reading.error
    if error is None or error.api_is_up or reading.failures > 1:
        return reading
    if reading.attempted_at is None or reading.attempted_at < since:
        return reading
    return replace(reading, due_at=min(reading.due_at, now.monotonic))
