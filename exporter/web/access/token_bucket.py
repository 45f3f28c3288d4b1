"""The rate limit of the web configuration, as a token bucket."""

import time
from collections.abc import Callable

from exporter.web.access.web_config import RequestLimit


class TokenBucket:
    """Holds up to `burst` tokens, one for each request, and gains one each `interval` seconds.

    The bucket starts full.
    """

    def __init__(self, limit: RequestLimit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._left = float(limit.burst)
        self._counted_at = clock()

    def take(self) -> bool:
        """Take one token out of the bucket. Return False when it is empty."""
        if not self.limit.interval:
            return True
        now = self._clock()
        gained = (now - self._counted_at) / self.limit.interval
        self._left = min(self.limit.burst, self._left + gained)
        self._counted_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
