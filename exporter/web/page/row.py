"""The row of one job in the page's table."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.web.page.job_kinds import (
    KINDS,
    NOT_READ,
    NOT_STARTED,
    RANKS,
    STALLED,
    TOO_OLD,
    kinds_of,
    not_read,
    patience,
)
from exporter.web.page.words import size

LONGEST_ACCOUNT = 40
"""Most bytes of an account's name in the address of the page: each row has it twice."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row: the view of a job, and the values derived from the view.

    `kinds` holds the job's state and its other kinds, in the order of KINDS; the first one gives
    the `rank`. `since` is when the job entered its state (Unix seconds), None if unknown, and
    `event` says what happened then.
    """

    view: JobView
    kinds: tuple[str, ...]
    rank: int
    event: str
    since: float | None

    @property
    def key(self) -> str:
        """The job's id and account in the address of the page, which no other job has."""
        return f"{self.view.watched.id}/{_short_account(self.view.account)}"

    @property
    def name(self) -> str:
        """The configured name of the job, else its id."""
        return self.view.watched.name or str(self.view.watched.id)

    @property
    def type(self) -> str:
        """The type of the job; empty while it is unknown."""
        return self.view.job.type if self.view.job else ""

    @property
    def needs_a_person(self) -> bool:
        """Whether the job needs a person: its row comes before those of running jobs."""
        return self.rank < RANKS[State.RUNNING]

    @property
    def not_read(self) -> bool:
        """Whether the job is due and has not been read for too long."""
        return NOT_READ in self.kinds

    @property
    def stalled(self) -> bool:
        """Whether the job is running and had not moved for too long at its last read."""
        return STALLED in self.kinds

    @property
    def not_started(self) -> bool:
        """Whether the job had waited for its start for too long at its last read."""
        return NOT_STARTED in self.kinds

    @property
    def still_for(self) -> float | None:
        """Seconds without progress at the job's last read; None before its first read."""
        reading = self.view.reading
        if reading.read_at is None or reading.progressed_at is None:
            return None
        return reading.read_at.unix - reading.progressed_at

    @property
    def withheld(self) -> bool:
        """Whether the job's values are too old to show."""
        return TOO_OLD in self.kinds

    @property
    def unconfirmed(self) -> bool:
        """Whether the job has ended and its end is not confirmed yet."""
        job = self.view.job
        return job is not None and job.finished and not self.view.reading.end_confirmed


@lru_cache(maxsize=1024)
def _short_account(name: str) -> str:
    """Return an account's name, or a hash of it if it is too long or odd for an address."""
    plain = name.isprintable() and size(name) <= LONGEST_ACCOUNT
    return name if plain else sha256(name.encode()).hexdigest()[:16]


def rows_of(accounts: Iterable[AccountView], now: Instant) -> list[JobRow]:
    """Return the rows of all jobs of the accounts."""
    rows = []
    for account in accounts:
        its = patience(account, now)
        rows += [row_of(view, not_read=not_read(view, now, its)) for view in account.jobs]
    return rows


def row_of(view: JobView, *, not_read: bool) -> JobRow:
    """Return the row of one job; `not_read`: the job has not been read for too long."""
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
    """Return which event brought the job to its state, and when (None: unknown)."""
    job = view.job
    if job is None:
        return "", None
    if not job.finished:
        return "created", job.created
    if job.completed is not None:
        return "ended", job.completed
    return "seen to have ended", view.reading.progressed_at
