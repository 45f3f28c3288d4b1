"""The confirmation of a job's end, and the time of the next read that follows from it. Pure.

The API does not promise to write the end of a job at once: a job may be `Processed` with 18 of 19
items, and a minute later have failed in part. So the exporter keeps reading a job that has ended.
The end is confirmed, and counted, once it has stood unchanged for a while.
"""

import math
from dataclasses import dataclass, replace

from exporter.config.sections import Refresh
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State

SLACK = 0.01
"""A scrape may come early by this share of `refresh.active`: no scraper is exact."""

CONFIRMED_AFTER = 4
"""An end is confirmed once it has stood for this many times `refresh.active`."""

CONTRADICTION_CONFIRMED_AFTER = 16
"""The same for an end that contradicts itself."""

REREAD_AFTER = 3
"""A confirmed end of age t is read again after REREAD_AFTER x t."""

_WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class End:
    """The end of a job, as its good reads show it.

    `witnessed`: a read saw the job unfinished. `ended_at` is when the present end began to stand
    (monotonic seconds); None while the job is unfinished. `confirmed` stays True through later
    corrections, until a known status word says that the job is pending or running again: then the
    job begins anew.
    """

    witnessed: bool = False
    ended_at: float | None = None
    confirmed: bool = False


NO_END = End()


def after_read(end: End, before: Job | None, job: Job, now: Instant, active: float) -> End:
    """Return the end after a good read returned `job`; `before` is the job of the read before it.

    `active` is `refresh.active`. Only a read confirms an end, never time alone.
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
    confirmed = end.confirmed or stood >= time_to_confirm(
        active, contradicted=contradicts_itself(job)
    )
    return End(end.witnessed, ended_at, confirmed)


def after_other_words(end: End, job: Job, now: Instant) -> End:
    """Return the end of a job after the user's status words changed its state, without a read.

    An end that only the new words show begins to stand now. Only a read can tell that the job
    begins anew: the user may have corrected a mistyped word.
    """
    if not job.finished:
        return replace(end, ended_at=None)
    return end if end.ended_at is not None else replace(end, ended_at=now.monotonic)


def time_to_confirm(active: float, *, contradicted: bool) -> float:
    """Return the seconds for which an end must have stood to be confirmed."""
    return (
        (CONTRADICTION_CONFIRMED_AFTER if contradicted else CONFIRMED_AFTER) * active * (1 - SLACK)
    )


def time_to_next_read(end: End, read_at: float, refresh: Refresh) -> float:
    """Return the seconds from a good read at `read_at` (monotonic) to the next; infinity: never.

    The longer a confirmed end has stood, the less often the job is read.
    """
    active = refresh.active * (1 - SLACK)
    if end.ended_at is None or not end.confirmed:
        return active
    if not refresh.finished:
        return math.inf
    return max(active, min(REREAD_AFTER * (read_at - end.ended_at), refresh.finished))


def contradicts_itself(job: Job) -> bool:
    """Tell whether another field of a finished job denies the end or its success.

    A null count is taken as 0.
    """
    if job.completed is None:
        return True
    if job.meaning is None or job.meaning.state is not State.SUCCEEDED:
        return False
    done = (job.successful or 0) + (job.failed or 0)
    whole = _WHOLE if job.percent_complete is None else job.percent_complete
    return whole < _WHOLE or done < (job.total or 0)


def _begins_anew(job: Job) -> bool:
    """Tell whether a known status word says that an unfinished job is pending or running."""
    return job.meaning is not None and job.meaning.state in (State.PENDING, State.RUNNING)


def _at_first_sight(job: Job, now: Instant) -> float:
    """Return when an end that the first read shows began to stand."""
    ago = 0.0 if job.completed is None else max(0.0, now.unix - job.completed)
    return now.monotonic - ago


def _end(job: Job) -> tuple[object, ...]:
    """Return the values of an end; a change of any of them makes a new end."""
    return (job.state, *job.progress, job.completed)
