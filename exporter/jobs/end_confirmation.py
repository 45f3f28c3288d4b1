"""Whether a job's end is confirmed, and when a job is read again. Pure.

The API does not promise to write an end at once: a job may be `Processed` with 18 of 19 items, and
a minute later have failed in part. So the exporter goes on reading a job that has ended. Its end is
confirmed, and counted, once it has stood for a while.
"""

import math
from dataclasses import dataclass, replace

from exporter.config.sections import Refresh
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State

SLACK = 0.01
"""The share of `refresh.active` by which a scrape may come early: no scraper is exact."""

CONFIRMED_AFTER = 4
"""How many times `refresh.active` an end must have stood to be confirmed."""

CONTRADICTION_CONFIRMED_AFTER = 16
"""The same for an end that contradicts itself."""

REREAD_AFTER = 3
"""A confirmed end is read again after this many times as long as it has stood."""

_WHOLE = 100.0


@dataclass(frozen=True, slots=True)
class End:
    """What the good reads of a job tell of its end.

    `witnessed` says that the job was seen unfinished, and `ended_at` (monotonic seconds) since when
    its end stands; None while it is unfinished. `confirmed` stays, whatever is corrected later,
    until a known status word says that the job waits or works again: then it begins anew.
    """

    witnessed: bool = False
    ended_at: float | None = None
    confirmed: bool = False


NO_END = End()


def after_read(end: End, before: Job | None, job: Job, now: Instant, active: float) -> End:
    """Return the end of a job after a good read brought `job`; the read before brought `before`.

    `active` is `refresh.active`. An end is confirmed by a read, never by time alone.
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
    """Return the end of a job whose state other status words of the user's change, without a read.

    An end that only these words show stands from now on. Whether the job begins anew is for a read
    to tell: the user may only have corrected a mistyped word.
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
    """Return the seconds from a good read, at `read_at` (monotonic), to the next; infinity: never.

    The longer a confirmed end has stood, the more rarely the job is read.
    """
    active = refresh.active * (1 - SLACK)
    if end.ended_at is None or not end.confirmed:
        return active
    if not refresh.finished:
        return math.inf
    return max(active, min(REREAD_AFTER * (read_at - end.ended_at), refresh.finished))


def contradicts_itself(job: Job) -> bool:
    """Tell whether a finished job also says that it is not, or not with success.

    A count that is null counts as 0.
    """
    if job.completed is None:
        return True
    if job.meaning is None or job.meaning.state is not State.SUCCEEDED:
        return False
    done = (job.successful or 0) + (job.failed or 0)
    whole = _WHOLE if job.percent_complete is None else job.percent_complete
    return whole < _WHOLE or done < (job.total or 0)


def _begins_anew(job: Job) -> bool:
    """Tell whether a known status word says that an unfinished job waits or is at work."""
    return job.meaning is not None and job.meaning.state in (State.PENDING, State.RUNNING)


def _at_first_sight(job: Job, now: Instant) -> float:
    """Return since when the end stands that the first read of a job showed."""
    ago = 0.0 if job.completed is None else max(0.0, now.unix - job.completed)
    return now.monotonic - ago


def _end(job: Job) -> tuple[object, ...]:
    """Return the values of an end; where one of them changes it is another end."""
    return (job.state, *job.progress, job.completed)
