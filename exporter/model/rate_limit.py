"""What the API says of an account's rate limits, in the headers of every answer. Pure.

Source: the rate limits of the API's documentation. The format of a reset is not documented, so
that every usual one is read. Each header stands for itself: one that is missing, absurd or
contradicted by another is left out, and the others count.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from exporter.model.duration import DAY, HOUR, MINUTE

MINUTE_WINDOW, DAY_WINDOW = "minute", "day"
WINDOW_SECONDS: Mapping[str, float] = {MINUTE_WINDOW: MINUTE, DAY_WINDOW: DAY}
"""The length of each window."""


class Limits(NamedTuple):
    """Requests that an account may make in each window."""

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
    """What an answer says of one window: requests, requests, and Unix seconds of the reset.

    What it does not say, or says in a way that cannot be meant, is None.
    """

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What an answer says of both windows, and in its Retry-After: in seconds, or Unix seconds."""

    minute: WindowState = WindowState()
    day: WindowState = WindowState()
    retry_after: float | None = None
    retry_at: float | None = None

    def wait(self, now: float) -> float | None:
        """Return the seconds that Retry-After asks to wait at `now` (Unix), an hour at most.

        None where it says nothing, or a time that is over.
        """
        wait = self.retry_after
        if wait is None and self.retry_at is not None and self.retry_at >= now:
            wait = self.retry_at - now
        return None if wait is None else min(wait, LONGEST_WAIT)

    def of(self, window: str) -> WindowState:
        """Return the state of one window."""
        return self.minute if window == MINUTE_WINDOW else self.day


UNSAID = RateLimit()
"""Of an answer without such headers, and of a request without an answer."""

LONGEST_WAIT = HOUR
"""Seconds for which a Retry-After is obeyed at most."""
