"""The rate limit of the web configuration: a bucket of requests (a token bucket)."""

import time
from collections.abc import Callable

from exporter.web.access.web_config import RateLimit


class Bucket:
    """Holds up to `burst` requests; one comes back each `interval` seconds. Full at the start."""

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._left = float(limit.burst)
        self._seen = clock()

    def take(self) -> bool:
        """Take one request out; tell whether there was one."""
        if not self.limit.interval:
            return True
        now = self._clock()
        self._left = min(self.limit.burst, self._left + (now - self._seen) / self.limit.interval)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
