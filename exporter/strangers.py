"""How much of an account's budget goes to strangers: ids that are only probed, and not watched.

Anybody may probe for any id, so strangers get what the watched jobs leave.
"""

from collections.abc import Mapping

from exporter.budget import WindowView
from exporter.rate_limit import DAY, MINUTE, SECONDS

LATELY = 120.0
"""Seconds for which a scrape, or a read that was put off, counts: longer than a scrape interval."""

WATCHED_BETWEEN = 4
"""Reads between two strangers while a watched job waits: strangers get one request in five."""

_INTERVAL = 15.0
"""Seconds between two scrapes of those who scrape often."""


class Strangers:
    """Counts the reads of one account, so that strangers get every fifth at most."""

    def __init__(self) -> None:
        self._since_last = WATCHED_BETWEEN

    def count(self, *, watched: bool) -> None:
        """Count a read that starts."""
        self._since_last = self._since_last + 1 if watched else 0

    @property
    def have_a_turn(self) -> bool:
        """Whether the next read may be a stranger's although watched jobs wait."""
        return self._since_last >= WATCHED_BETWEEN


def is_enough(windows: Mapping[str, WindowView], unfinished: int, active: float) -> bool:
    """Tell whether a budget is more than so many unfinished jobs need for another hour.

    They are read every `active` seconds at most, and not more often than somebody scrapes.
    """
    a_minute = unfinished * SECONDS[MINUTE] / max(active, _INTERVAL)
    return windows[MINUTE].budget > a_minute and windows[DAY].budget > 60 * a_minute
