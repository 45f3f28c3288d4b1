"""The turns of an account's due jobs, where the share does not allow to read all at once. Pure."""

from typing import NamedTuple

from exporter.jobs.due import is_due
from exporter.jobs.snapshot import AccountView
from exporter.model.duration import MINUTE
from exporter.model.instant import Instant
from exporter.model.rate_limit import WINDOW_SECONDS
from exporter.model.words import counted
from exporter.web.page.words import age, ratio

LONG = 5 * MINUTE
"""Seconds from which on the turn of all due jobs is worth a sentence about their account."""


class Turns(NamedTuple):
    """How many jobs are `due`, and how many of them may be read at once (`budget`).

    After these, the share allows a read `every` so many seconds; 0 while no limit is known.
    """

    due: int
    budget: int
    every: float
    share: float

    @property
    def short(self) -> bool:
        """Whether more jobs are due than may be read at once."""
        return self.due > self.budget

    @property
    def words(self) -> str:
        """The jobs that are due and the reads that are allowed, as a part of a sentence."""
        are = "is" if self.due == 1 else "are"
        allows = f"the share of {ratio(self.share)} of the requests allows {self._rate}"
        return f"{counted(self.due, 'job')} {are} due, and {allows}"

    @property
    def notice(self) -> str:
        """The same, if the turn of all due jobs takes long; else empty."""
        return self.words if self.short and self.due * self.every > LONG else ""

    @property
    def _rate(self) -> str:
        if self.every >= 1:
            return f"a read every {age(self.every)}"
        return f"{counted(round(MINUTE / self.every), 'read')} a minute" if self.every else "few"


def turns(account: AccountView, now: Instant) -> Turns:
    """Return the turns of an account's jobs."""
    due = sum(is_due(view.reading, now) for view in account.jobs)
    budget = min((window.budget for window in account.windows.values()), default=0)
    return Turns(due, budget, seconds_per_read(account), account.share)


def seconds_per_read(account: AccountView) -> float:
    """Return the seconds between two reads that an account's share allows; 0 if it is unknown."""
    reads = (
        WINDOW_SECONDS[name] / (account.share * window.in_force)
        for name, window in account.windows.items()
        if window.in_force
    )
    return max(reads, default=0.0)
