"""How much of an account's budget goes to strangers: job ids that are probed and not watched.

Anybody may probe for any id, so strangers get what the watched jobs leave.
"""

from exporter.model.duration import MINUTE

LATELY = 120.0
"""Seconds for which a scrape or a deferred read counts. Longer than a scrape interval."""

WATCHED_BETWEEN = 4
"""Reads of watched jobs between two of strangers, while a watched job waits: strangers get one
request in five."""

_INTERVAL = 15.0
"""Seconds between the scrapes of a scraper that scrapes often."""

_SLOTS = 4
"""Strangers may fill one slot in four: their reads may hang, and must not hold up a scrape."""


class Strangers:
    """Counts the reads of one account, so that strangers get every fifth at most.

    Every other one of these goes to an id that was never read: neither kind of stranger keeps the
    other from its turn.
    """

    def __init__(self) -> None:
        self._since_last = WATCHED_BETWEEN
        self.new_is_next = False

    def count(self, *, watched: bool, new: bool) -> None:
        """Count a read that starts; `watched` and `new` (never read before) say of which job."""
        if watched:
            self._since_last += 1
        else:
            self._since_last = 0
            self.new_is_next = not new

    @property
    def have_a_turn(self) -> bool:
        """Whether the next read may be a stranger's while watched jobs wait."""
        return self._since_last >= WATCHED_BETWEEN


def slots(concurrency: int, watched: int) -> int:
    """Return how many reads of strangers may be in flight, with `watched` jobs watched."""
    return max(1, concurrency // _SLOTS) if watched else concurrency


def needed(jobs: int, active: float) -> float:
    """Return how many reads a minute `jobs` unfinished jobs need.

    Each is read every `active` seconds at most, and no more often than somebody scrapes.
    """
    return jobs * MINUTE / max(active, _INTERVAL)
