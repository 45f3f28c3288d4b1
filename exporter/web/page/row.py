"""One job as the page shows it: in words, and in the order of who needs a person first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.jobs.due import is_due
from exporter.jobs.reading import Reading
from exporter.jobs.snapshot import UNREAD_STATE, AccountView, JobView
from exporter.model.instant import Instant
from exporter.model.rate_limit import WINDOW_SECONDS
from exporter.model.state import State
from exporter.quota.block import Cause

UNREAD_AFTER = 1200.0
STALLED_AFTER = 2400.0
NOT_STARTED_AFTER = 86_400.0
"""Seconds after which a job was not read, had not moved, or had not started, for long: the alert's
own each."""

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
    STALLED: "no progress",
    NOT_STARTED: "not started",
    State.UNKNOWN: "unknown",
    State.RUNNING: "running",
    UNREAD_STATE: "unread",
    State.PENDING: "pending",
    State.SUCCEEDED: "succeeded",
}
"""What a job can be, with the page's word for it; those that need a person come first.

The last attempt to read an UNREADABLE job failed. A job that is NOT_READ was due for long, whatever
kept it from being read.
"""

_TURNS = 2.2
"""How many turns a job may wait for: two, each a tenth longer than the quota alone makes it."""

_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row: the view that it shows, and what follows from it.

    `kinds` are its state and what else it is, in the order of KINDS; the first gives its `rank`.
    `since` (Unix seconds) is when it came to its state, as well as that can be known, and `event`
    what happened then.
    """

    view: JobView
    kinds: tuple[str, ...]
    rank: int
    event: str
    since: float | None

    @property
    def needs_a_person(self) -> bool:
        """Whether it stands before those that run."""
        return self.rank < _RANKS[State.RUNNING]

    @property
    def not_read(self) -> bool:
        """Whether it is due and was not read for long."""
        return NOT_READ in self.kinds

    @property
    def stalled(self) -> bool:
        """Whether it runs and, when it was last read, had not moved for long."""
        return STALLED in self.kinds

    @property
    def not_started(self) -> bool:
        """Whether, when it was last read, it had waited for long."""
        return NOT_STARTED in self.kinds

    @property
    def still_for(self) -> float | None:
        """Seconds for which it had not moved when it was last read; None: it never was."""
        reading = self.view.reading
        if reading.read_at is None or reading.progressed_at is None:
            return None
        return reading.read_at.unix - reading.progressed_at

    @property
    def withheld(self) -> bool:
        """Whether there are values that are too old to be shown."""
        return TOO_OLD in self.kinds

    @property
    def unconfirmed(self) -> bool:
        """Whether it has ended, but not for long enough to be sure."""
        return (
            self.view.job is not None
            and self.view.reading.finished
            and not self.view.reading.settled
        )

    @property
    def failures(self) -> str:
        """How often it could not be read, in words; nothing where that was once or never."""
        return _failures(self.view.reading)

    @property
    def backs_off(self) -> bool:
        """Whether it is not to be tried again for a while."""
        reading = self.view.reading
        wait = reading.due_at - (reading.attempted_at or 0.0)
        return reading.error is not None and wait >= 1


class Patience(NamedTuple):
    """After how many seconds a job of an account was not read for long.

    So it is at once for one that was never read, where the account is `blocked` for as long.
    """

    after: float
    blocked: bool = False


def patience(account: AccountView, now: Instant) -> Patience:
    """Return the patience with the jobs of an account: the alert's own.

    Where the quota reads each job less often than that, it is twice the time of a turn.
    """
    waiting = sum(not view.reading.settled for view in account.jobs)
    reads = [
        WINDOW_SECONDS[name] / (account.share * window.limit)
        for name, window in account.windows.items()
        if window.limit
    ]
    turns = _TURNS * waiting * max(reads, default=0.0)
    after = turns if turns > 2 * UNREAD_AFTER else UNREAD_AFTER
    block = account.block
    lasts = 0.0 if block is None or block.cause is Cause.SHARE else now.unix - block.since
    return Patience(after, blocked=lasts > after)


def not_read(view: JobView, now: Instant, patience: Patience) -> bool:
    """Tell whether a job is due, or waits after a failure, and was not read for long."""
    reading = view.reading
    if reading.settled:
        return False
    if reading.read_at is None:
        return patience.blocked
    wanted = reading.error is not None or is_due(reading, now)
    return wanted and now.unix - reading.read_at.unix > patience.after


def row_of(view: JobView, *, not_read: bool) -> JobRow:
    """Return the row of one job, which by now was `not_read` for long, or was."""
    more = {
        UNREADABLE: view.reading.error is not None,
        TOO_OLD: view.job is None and view.reading.read_at is not None,
        NOT_READ: not_read,
        STALLED: _is_stalled(view),
        NOT_STARTED: _has_not_started(view),
    }
    kinds = [str(view.state), *(kind for kind, applies in more.items() if applies)]
    kinds.sort(key=_RANKS.__getitem__)
    return JobRow(view, tuple(kinds), _RANKS[kinds[0]], *_since(view))


def tally(rows: Iterable[JobRow]) -> dict[str, int]:
    """Count the rows of each kind, in the order of KINDS."""
    counts = dict.fromkeys(map(str, KINDS), 0)
    for row in rows:
        for kind in row.kinds:
            counts[kind] += 1
    return counts


def _is_stalled(view: JobView) -> bool:
    """Tell whether a job was seen to stand still; while it is not read, nobody sees it."""
    reading = view.reading
    if view.state != State.RUNNING or reading.read_at is None or reading.progressed_at is None:
        return False
    return reading.read_at.unix - reading.progressed_at > STALLED_AFTER


def _has_not_started(view: JobView) -> bool:
    """Tell whether a job was seen to wait for long."""
    job, read_at = view.job, view.reading.read_at
    if job is None or job.state != State.PENDING or job.created is None or read_at is None:
        return False
    return read_at.unix - job.created > NOT_STARTED_AFTER


def _since(view: JobView) -> tuple[str, float | None]:
    """Return what happened when the job came to its state, and when."""
    job = view.job
    if job is None:
        return "", None
    if not job.finished:
        return "created", job.created
    if job.completed is not None:
        return "ended", job.completed
    return "seen to have ended", view.reading.progressed_at


def _failures(reading: Reading) -> str:
    failures = max(reading.failures, 1)
    counts = []
    if failures > 1:
        counts.append(f"{failures:,} times in a row")
    if reading.errors > failures:
        counts.append(f"{reading.errors:,} times in all")
    return ", ".join(counts)
