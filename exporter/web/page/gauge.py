"""The bar of one window of an account's quota."""

from typing import NamedTuple

from exporter.quota.window import WindowView


class Gauge(NamedTuple):
    """A window and its bar at `now` (Unix seconds); `blocked`: no job of the account is read.

    The bar shows the requests spent, then the exporter's budget, then the rest. There is no bar
    unless the limit and the requests remaining are known.
    """

    name: str
    window: WindowView
    now: float
    blocked: bool = False

    @property
    def budget(self) -> int:
        """The requests that the exporter may send now: none while anything blocks the account."""
        return 0 if self.blocked else self.window.budget

    @property
    def over(self) -> bool:
        """Whether the window has ended: what the API said of it holds no more."""
        return self.window.reset is not None and self.window.reset <= self.now

    @property
    def limit(self) -> int | None:
        """The limit that the API stated, else the one in force; None until one is known.

        The requests remaining are part of the API's limit, even where another one is in force.
        """
        return self.window.in_force if self.window.limit is None else self.window.limit

    @property
    def known(self) -> bool:
        """Whether there is a bar to draw."""
        return bool(self.limit) and self.window.remaining is not None and not self.over

    @property
    def spent(self) -> int:
        """Requests that anybody has spent; 0 if more remain than the limit allows."""
        return max(0, (self.limit or 0) - (self.window.remaining or 0))

    @property
    def spent_share(self) -> float:
        """Percent of the limit that is spent."""
        return round(min(100.0, 100.0 * self.spent / (self.limit or 1)), 2)

    @property
    def budget_share(self) -> float:
        """Percent of the limit that the exporter may still spend, at most the unspent part."""
        share = 100.0 * self.budget / (self.limit or 1)
        return round(min(share, 100.0 - self.spent_share), 2)
