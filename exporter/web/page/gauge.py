"""One window of an account's quota as a bar."""

from typing import NamedTuple

from exporter.quota.budget import WindowView


class Gauge(NamedTuple):
    """A window and its bar: what is spent, next to it the exporter's budget, then all the rest.

    There is no bar where the limit, or what is left of it, is not known.
    """

    name: str
    window: WindowView

    @property
    def known(self) -> bool:
        """Whether there is a bar to draw."""
        return bool(self.window.limit) and self.window.remaining is not None

    @property
    def spent(self) -> int:
        """Requests that were spent, by whomever; 0 where more are left than the limit says."""
        return max(0, (self.window.limit or 0) - (self.window.remaining or 0))

    @property
    def spent_share(self) -> float:
        """Percent of the limit that is spent."""
        return round(min(100.0, 100.0 * self.spent / (self.window.limit or 1)), 2)

    @property
    def budget_share(self) -> float:
        """Percent of the limit that the exporter may still spend, as far as it is left."""
        share = 100.0 * self.window.budget / (self.window.limit or 1)
        return round(min(share, 100.0 - self.spent_share), 2)
