"""A time by which something has to be over, by the clock of the event loop."""

import asyncio


class Deadline:
    """So many seconds from now. Made in a running event loop."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()

    def left(self, at_most: float) -> float:
        """Return how many seconds are left of them, or of so many from the beginning."""
        return self._began + min(self._seconds, at_most) - self._clock()
