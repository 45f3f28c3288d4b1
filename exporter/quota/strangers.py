"""How much of an account's budget goes to strangers: ids that are only probed, and not watched.

Anybody may probe for any id, so strangers get what the watched jobs leave.
"""

from exporter.model.duration import MINUTE

LATELY = 120.0
"""Seconds for which a scrape, or a read that was put off, counts: longer than a scrape interval."""

WATCHED_BETWEEN = 4
"""Reads between two strangers while a watched job waits: strangers get one request in five."""

_INTERVAL = 15.0
"""Seconds between two scrapes of those who scrape often."""

_SLOTS = 4
"""One slot in so many is the strangers': reads of them may hang, and must not hold up a scrape."""


class Strangers:
    """Counts the reads of one account.

    So strangers get every fifth at most, and of these every other one goes to an id that was never
    read: neither keeps the other from its turn.
    """

    def __init__(self) -> None:
        self._since_last = WATCHED_BETWEEN
        self.new_is_next = False

    def count(self, *, watched: bool, new: bool) -> None:
        """Count a read that starts, of a job that is watched, and of one that is new."""
        if watched:
            self._since_last += 1
        else:
            self._since_last = 0
            self.new_is_next = not new

    @property
    def have_a_turn(self) -> bool:
        """Whether the next read may be a stranger's although watched jobs wait."""
        return self._since_last >= WATCHED_BETWEEN


def slots(concurrency: int, watched: int) -> int:
    """Return how many reads of strangers may be in flight, where so many jobs are watched."""
    return max(1, concurrency // _SLOTS) if watched else concurrency


def needed(jobs: int, active: float) -> float:
    """Return how many reads a minute so many unfinished jobs need.

    They are read every `active` seconds at most, and not more often than somebody scrapes.
    """
    return jobs * MINUTE / max(active, _INTERVAL)
