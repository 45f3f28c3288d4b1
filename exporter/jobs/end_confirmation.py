"""How far a job's life has come: whether it was seen at work, and whether its end is confirmed.

Nobody promises that the API writes an end at once: a job may be `Processed` with 18 of 19 items and
turn out a minute later to have failed in part. So an end is read on until it has stood for a while,
and only then is it confirmed, and counted. Pure.
"""

import math
from dataclasses import dataclass, replace

from exporter.config.sections import Refresh
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State

SLACK = 0.01
"""A scrape may come early by this share of `refresh.active`: no scraper is exact."""

STANDS = 4
"""An end is confirmed when it has stood for so many times `refresh.active`."""

STANDS_CONTRADICTED = 16
"""The same for an end that contradicts itself."""

RARER = 3
"""A confirmed end is read again after so many times as long as it has stood."""

_WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class End:
    """What is known of a job's life after its last good read.

    `witnessed` says that the job was seen unfinished in this life, and `ended_at` since when its
    end stands (seconds, monotonic; None while it is unfinished). `confirmed` stays, whatever is
    corrected later, until a known word says that the job waits or works again: another life.
    """

    witnessed: bool = False
    ended_at: float | None = None
    confirmed: bool = False


NO_END = End()


def after_read(end: End, before: Job | None, job: Job, now: Instant, active: float) -> End:
    """Return the life of a job after a good read brought `job`; the one before brought `before`.

    `active` is `refresh.active`. Time alone confirms nothing: a read does.
    """
    if not job.finished:
        return End(witnessed=True, confirmed=end.confirmed and not _begins_anew(job))
    if before is None:
        ended_at = _at_first_sight(job, now)
    elif end.ended_at is None or _end(job) != _end(before):
        ended_at = now.monotonic
    else:
        ended_at = end.ended_at
    stood = now.monotonic - ended_at
    confirmed = end.confirmed or stood >= patience(active, contradicted=contradicts_itself(job))
    return End(end.witnessed, ended_at, confirmed)


def after_judging(end: End, job: Job, now: Instant) -> End:
    """Return the life of a job that is `job` by other words of the user's, without a read.

    An end that is only seen by these words stands from now on. All else is for a read to tell: a
    word that was mistyped, and corrected, begins no other life.
    """
    if not job.finished:
        return replace(end, ended_at=None)
    return end if end.ended_at is not None else replace(end, ended_at=now.monotonic)


def patience(active: float, *, contradicted: bool) -> float:
    """Return the seconds for which an end must have stood to be confirmed."""
    return (STANDS_CONTRADICTED if contradicted else STANDS) * active * (1 - SLACK)


def wait(end: End, read_at: float, refresh: Refresh) -> float:
    """Return the seconds from a good read, at `read_at` (monotonic), to the next; infinity: never.

    A confirmed end is read ever more rarely, the longer it has stood.
    """
    active = refresh.active * (1 - SLACK)
    if end.ended_at is None or not end.confirmed:
        return active
    if not refresh.finished:
        return math.inf
    return max(active, min(RARER * (read_at - end.ended_at), refresh.finished))


def contradicts_itself(job: Job) -> bool:
    """Tell whether a finished job says something else than that it is finished, or than success.

    A count that is null counts as 0.
    """
    if job.completed is None:
        return True
    if job.word is None or job.word.state is not State.SUCCEEDED:
        return False
    done = (job.successful or 0) + (job.failed or 0)
    whole = _WHOLE if job.percent_complete is None else job.percent_complete
    return whole < _WHOLE or done < (job.total or 0)


def _begins_anew(job: Job) -> bool:
    """Tell whether a known word says that an unfinished job waits or is at work."""
    return job.word is not None and job.word.state in (State.PENDING, State.RUNNING)


def _at_first_sight(job: Job, now: Instant) -> float:
    """Return since when an end stands that was there at the first read."""
    ago = 0.0 if job.completed is None else max(0.0, now.unix - job.completed)
    return now.monotonic - ago


def _end(job: Job) -> tuple[object, ...]:
    """Return what makes it another end when it changes."""
    return (job.state, *job.progress, job.completed)
