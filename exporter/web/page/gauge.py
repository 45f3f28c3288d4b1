"""The bar of one window of an account's quota."""

from typing import NamedTuple

from exporter.quota.budget import WindowView


class Gauge(NamedTuple):
    """A window and its bar: the requests spent, then the exporter's budget, then the rest.

    There is no bar until the API has stated the limit and the requests remaining.
    """

    name: str
    window: WindowView

    @property
    def known(self) -> bool:
        """Whether there is a bar to draw."""
        return bool(self.window.limit) and self.window.remaining is not None

    @property
    def spent(self) -> int:
        """Requests that anybody has spent; 0 if more remain than the limit allows."""
        return max(0, (self.window.limit or 0) - (self.window.remaining or 0))

    @property
    def spent_share(self) -> float:
        """Percent of the limit that is spent."""
        return round(min(100.0, 100.0 * self.spent / (self.window.limit or 1)), 2)

    @property
    def budget_share(self) -> float:
        """Percent of the limit that the exporter may still spend, at most the unspent part."""
        share = 100.0 * self.window.budget / (self.window.limit or 1)
        return round(min(share, 100.0 - self.spent_share), 2)
