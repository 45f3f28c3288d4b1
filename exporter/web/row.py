"""One job as the page shows it: in words, and in the order of who needs a person first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporter.snapshot import UNREAD_STATE, JobView
from exporter.state import State
from exporter.watch import Reading

STALLED_AFTER = 1800.0
"""Seconds in which a running job did not move when the page says so; the alert's own."""

READ_FAILED = "read-failed"
TOO_OLD = "too-old"
STALLED = "stalled"

KINDS: Mapping[str, str] = {
    State.FAILED: "failed",
    State.PARTIAL: "partial",
    READ_FAILED: "read failed",
    TOO_OLD: "values too old",
    STALLED: "no progress",
    State.UNKNOWN: "unknown",
    State.RUNNING: "running",
    UNREAD_STATE: "unread",
    State.PENDING: "pending",
    State.SUCCEEDED: "succeeded",
}
"""What a job can be, with the page's word for it; those that need a person come first."""

_RANKS = {kind: rank for rank, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row: the view that it shows, and what follows from it.

    `kinds` are its state and, where it applies, READ_FAILED, TOO_OLD and STALLED, in the order of
    KINDS; the first gives its `rank`. `since` (Unix seconds) is when it came to its state, as well
    as that can be known, and `event` what happened then.
    """

    view: JobView
    kinds: tuple[str, ...]
    rank: int
    event: str
    since: float | None

    @property
    def stalled(self) -> bool:
        """Whether it runs and has not moved for long."""
        return STALLED in self.kinds

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


def row_of(view: JobView) -> JobRow:
    """Return the row of one job."""
    kinds = [str(view.state)]
    if view.reading.error is not None:
        kinds.append(READ_FAILED)
    if view.job is None and view.reading.read_at is not None:
        kinds.append(TOO_OLD)
    if _is_stalled(view):
        kinds.append(STALLED)
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
