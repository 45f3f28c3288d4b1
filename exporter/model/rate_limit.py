"""The rate limits of an account: the documented ones, and those that an answer states.

Source: the section on rate limits in the API's documentation. `exporter.api.rate_limit_headers`
reads the headers of an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.model.duration import DAY, HOUR, MINUTE

MINUTE_WINDOW, DAY_WINDOW = "minute", "day"
WINDOW_SECONDS: Mapping[str, float] = {MINUTE_WINDOW: MINUTE, DAY_WINDOW: DAY}
"""The length of each window."""

LONGEST_WAIT = HOUR
"""The exporter obeys a Retry-After for at most this many seconds."""


class Limits(NamedTuple):
    """The numbers of requests that an account may send in each window."""

    minute: int
    day: int


DOCUMENTED: Mapping[str, Limits] = {
    "live": Limits(1_000, 180_000),
    "sandbox": Limits(50, 5_000),
    "TestDrive": Limits(10, 500),
}
"""The documented limits of each type of account."""

LIVE = DOCUMENTED["live"]


@dataclass(frozen=True, slots=True)
class WindowState:
    """What an answer states about one window: two counts of requests, and a reset in Unix seconds.

    None means that the answer does not state the value, or states an impossible one.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an answer states about both windows, and its Retry-After.

    `retry_after` is in seconds, `retry_at` in Unix seconds; an answer has at most one of them.
    """

    minute: WindowState = WindowState()
    day: WindowState = WindowState()
    retry_after: float | None = None
    retry_at: float | None = None

    def wait(self, now: float) -> float | None:
        """Return the seconds to wait at `now` (Unix seconds), at most `LONGEST_WAIT`.

        None when there is no Retry-After, or when it names a time in the past.
        """
        wait = self.retry_after
        if wait is None and self.retry_at is not None and self.retry_at >= now:
            wait = self.retry_at - now
        return None if wait is None else min(wait, LONGEST_WAIT)

    def of(self, window: str) -> WindowState:
        """Return the state of one window, by its name."""
        return self.minute if window == MINUTE_WINDOW else self.day


UNSAID = RateLimit()
"""The rate limits of an answer without such headers, and of a request without an answer."""
