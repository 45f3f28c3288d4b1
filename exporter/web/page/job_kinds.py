"""The kinds of jobs that the page tells apart, such as stalled ones. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.jobs.due import is_due
from exporter.jobs.snapshot import UNREAD_STATE, AccountView, JobView
from exporter.model.duration import DAY, MINUTE
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.quota.block import Cause
from exporter.web.page.turns import seconds_per_read

UNREAD_AFTER = 20 * MINUTE
STALLED_AFTER = 40 * MINUTE
NOT_STARTED_AFTER = DAY
"""Seconds after which a job has not been read, has not moved or has not started for too long. Each
is the duration of the corresponding alert."""

UNREADABLE = "unreadable"
TOO_OLD = "too-old"
NOT_READ = "not-read"
STALLED = "stalled"
NOT_STARTED = "not-started"

KINDS: Mapping[str, str] = {
    State.FAILED: "failed",
    State.PARTIAL: "partial",
    UNREADABLE: "unreadable",
    TOO_OLD: "values too old",
    NOT_READ: "not read for long",
    STALLED: "stalled",
    NOT_STARTED: "not started",
    State.UNKNOWN: "unknown",
    State.RUNNING: "running",
    UNREAD_STATE: "unread",
    State.PENDING: "pending",
    State.SUCCEEDED: "succeeded",
}
"""The kinds of jobs, with the page's word for each. Those that need a person come first.

UNREADABLE: the last attempt to read the job failed. NOT_READ: the job has been due for too long,
for whatever reason.
"""

_TURNS = 2.2
"""A job may wait for two turns, each a tenth longer than the quota alone would make it."""

RANKS = {kind: rank for rank, kind in enumerate(KINDS)}
"""The place of each kind in the order of KINDS."""


def kinds_of(view: JobView, *, not_read: bool) -> tuple[str, ...]:
    """Return all kinds of a job, its state and others, in the order of KINDS.

    `not_read` says whether the job has not been read for too long.
    """
    more = {
        UNREADABLE: view.reading.error is not None,
        TOO_OLD: view.job is None and view.reading.read_at is not None,
        NOT_READ: not_read,
        STALLED: _is_stalled(view),
        NOT_STARTED: _has_not_started(view),
    }
    kinds = [str(view.state), *(kind for kind, applies in more.items() if applies)]
    return tuple(sorted(kinds, key=RANKS.__getitem__))


class Patience(NamedTuple):
    """Seconds without a read that are too long (`after`), for the jobs of an account.

    `blocked`: the account itself has been blocked for longer than that. Then a job that was never
    read counts too.
    """

    after: float
    blocked: bool = False


def patience(account: AccountView, now: Instant) -> Patience:
    """Return the patience with the jobs of an account: the alert's, or about two turns.

    A turn is the time in which the quota lets every job be read. Two turns count if they are longer
    than twice the alert's time.
    """
    waiting = sum(not view.reading.end_confirmed for view in account.jobs)
    two_turns = _TURNS * waiting * seconds_per_read(account)
    after = two_turns if two_turns > 2 * UNREAD_AFTER else UNREAD_AFTER
    block = account.block
    lasts = 0.0 if block is None or block.cause is Cause.SHARE else now.unix - block.since
    return Patience(after, blocked=lasts > after)


def not_read(view: JobView, now: Instant, patience: Patience) -> bool:
    """Tell whether a job is due, or in a back-off, and has not been read for too long."""
    reading = view.reading
    if reading.end_confirmed:
        return False
    if reading.read_at is None:
        return patience.blocked
    wanted = reading.error is not None or is_due(reading, now)
    return wanted and now.unix - reading.read_at.unix > patience.after


def _is_stalled(view: JobView) -> bool:
    """Tell whether a running job had not moved for too long at its last read."""
    reading = view.reading
    if view.state != State.RUNNING or reading.read_at is None or reading.progressed_at is None:
        return False
    return reading.read_at.unix - reading.progressed_at > STALLED_AFTER


def _has_not_started(view: JobView) -> bool:
    """Tell whether a job had waited for its start for too long at its last read."""
    job, read_at = view.job, view.reading.read_at
    if job is None or job.state != State.PENDING or job.created is None or read_at is None:
        return False
    return read_at.unix - job.created > NOT_STARTED_AFTER
