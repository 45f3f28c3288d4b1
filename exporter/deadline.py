"""A time by which something has to be over, by the clock of the event loop."""

import asyncio
import math

TRIAL = 1.0
"""Seconds that a scrape waits for an API that may not answer: one that is down slows no scrape."""


class Deadline:
    """So many seconds from now. Made in a running event loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._ends = self._clock() + seconds
        self._trial_ends = math.inf

    def left(self, *, doubtful: bool) -> float:
        """Return how many seconds are left; while the API is in doubt, `TRIAL` since that began."""
        now = self._clock()
        if not doubtful:
            self._trial_ends = math.inf
        elif self._trial_ends == math.inf:
            self._trial_ends = now + TRIAL
        return min(self._ends, self._trial_ends) - now
