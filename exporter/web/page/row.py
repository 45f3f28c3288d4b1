"""One job as the page shows it: a row of its table."""

from collections.abc import Iterable
from dataclasses import dataclass

from exporter.jobs.snapshot import JobView
from exporter.model.state import State
from exporter.web.page.job_kinds import (
    KINDS,
    NOT_READ,
    NOT_STARTED,
    RANKS,
    STALLED,
    TOO_OLD,
    kinds_of,
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row: the view of a job, and what follows from it.

    `kinds` are the job's state and the other kinds that it is of, in the order of KINDS; the first
    gives its `rank`. `since` (Unix seconds) is when it came to its state, as far as that is known,
    and `event` is what happened then.
    """

    view: JobView
    kinds: tuple[str, ...]
    rank: int
    event: str
    since: float | None

    @property
    def needs_a_person(self) -> bool:
        """Whether the row stands before those of running jobs."""
        return self.rank < RANKS[State.RUNNING]

    @property
    def not_read(self) -> bool:
        """Whether the job is due and was not read for too long."""
        return NOT_READ in self.kinds

    @property
    def stalled(self) -> bool:
        """Whether the job runs and had not moved for too long when it was last read."""
        return STALLED in self.kinds

    @property
    def not_started(self) -> bool:
        """Whether the job had waited too long for its start when it was last read."""
        return NOT_STARTED in self.kinds

    @property
    def still_for(self) -> float | None:
        """Seconds for which the job had not moved when it was last read; None if it never was."""
        reading = self.view.reading
        if reading.read_at is None or reading.progressed_at is None:
            return None
        return reading.read_at.unix - reading.progressed_at

    @property
    def withheld(self) -> bool:
        """Whether there are values, which are too old to show."""
        return TOO_OLD in self.kinds

    @property
    def unconfirmed(self) -> bool:
        """Whether the job has ended and its end is not confirmed yet."""
        job = self.view.job
        return job is not None and job.finished and not self.view.reading.end_confirmed

    @property
    def failures(self) -> str:
        """How often the job could not be read, in words; empty for once or never."""
        reading = self.view.reading
        in_a_row = max(reading.failures, 1)
        counts = []
        if in_a_row > 1:
            counts.append(f"{in_a_row:,} times in a row")
        if reading.errors > in_a_row:
            counts.append(f"{reading.errors:,} times in all")
        return ", ".join(counts)

    @property
    def backs_off(self) -> bool:
        """Whether the last attempt failed and the next one is at least a second after it."""
        reading = self.view.reading
        wait = reading.due_at - (reading.attempted_at or 0.0)
        return reading.error is not None and wait >= 1


def row_of(view: JobView, *, not_read: bool) -> JobRow:
    """Return the row of one job; `not_read` says whether it was not read for too long by now."""
    kinds = kinds_of(view, not_read=not_read)
    return JobRow(view, kinds, RANKS[kinds[0]], *_since(view))


def count_kinds(rows: Iterable[JobRow]) -> dict[str, int]:
    """Return the number of rows of each kind, in the order of KINDS."""
    counts = dict.fromkeys(map(str, KINDS), 0)
    for row in rows:
        for kind in row.kinds:
            counts[kind] += 1
    return counts


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
