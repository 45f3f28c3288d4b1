"""What the page says of one account: whether its jobs are read, and its quota."""

from typing import NamedTuple

from exporter.jobs.snapshot import AccountView
from exporter.model.instant import Instant
from exporter.web.page.gauge import Gauge
from exporter.web.page.heading import Heading, heading
from exporter.web.page.turns import turns


class AccountLine(NamedTuple):
    """An account with its heading and the gauges of its windows.

    `queue` says how many jobs are due, if to read all of them takes long; else it is empty.
    """

    view: AccountView
    heading: Heading
    queue: str
    gauges: tuple[Gauge, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether a person has to do something, with the API or the key file."""
        return self.heading.needs_a_person or self.view.key_problem is not None


def account_line(view: AccountView, now: Instant) -> AccountLine:
    """Return the line of an account."""
    blocked = view.block is not None
    gauges = (Gauge(*window, now.unix, blocked=blocked) for window in view.windows.items())
    return AccountLine(view, heading(view), turns(view, now).notice, tuple(gauges))
