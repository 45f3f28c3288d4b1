"""Strangers, the job ids that are probed but not watched, and their share of the reads.

Anybody may probe for any id, so strangers get only what the watched jobs leave.
"""

from exporter.model.duration import MINUTE

LATELY = 120.0
"""Seconds for which a scrape or a deferred read counts as recent. Longer than a scrape interval."""

WATCHED_BETWEEN = 4
"""While a watched job waits, this many reads of watched jobs come between two of strangers: one
request in five is a stranger's."""

_INTERVAL = 15.0
"""Seconds between two scrapes of a scraper that scrapes often."""

_SLOTS = 4
"""Strangers may fill one slot in four: their reads may hang, and must not hold up a scrape."""


class Strangers:
    """Counts the reads of one account, so that strangers get at most every fifth.

    Their reads alternate between new ids, without a good read so far, and known ids, so neither
    kind keeps the other from its turn.
    """

    def __init__(self) -> None:
        self._since_last = WATCHED_BETWEEN
        self.new_is_next = False

    def count(self, *, watched: bool, new: bool) -> None:
        """Count the start of a read of a job that is `watched`, or `new` (without a good read)."""
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
    """Return how many reads of strangers may be in flight; `watched` counts the watched jobs."""
    return max(1, concurrency // _SLOTS) if watched else concurrency


def needed(jobs: int, active: float) -> float:
    """Return how many reads a minute `jobs` unfinished jobs need.

    A job is read at most once in `active` seconds, and at most once per scrape.
    """
    return jobs * MINUTE / max(active, _INTERVAL)
