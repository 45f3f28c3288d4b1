"""One window of an account's rate limit, as the API says it. Pure: the time is an argument.

Only the API's own *remaining* counts the account's other users, and the requests that this exporter
made before a restart.
"""

import math
from dataclasses import dataclass, replace

from exporter.model.duration import HOUR
from exporter.model.instant import Instant
from exporter.model.rate_limit import UNSAID, WindowState
from exporter.quota.block import Cause, Stop


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a window that is `length` seconds long.

    `most` is the documented limit of a live account, and `configured` the limit that the
    configuration gives in place of the API's. `said` holds the last of each value that the API
    said. At `left_at` it said that `left` requests were left; that holds until `resets_at`, and
    then the window counts as full. `unsaid` requests have ended since without a word of the window,
    the last of them at `unsaid_at`; an answer to a later request counts them. A 429 has closed the
    window until `closed_until`. These times are monotonic.
    """

    length: float
    most: int
    configured: int | None
    said: WindowState = UNSAID.minute
    left: int | None = None
    left_at: float = -math.inf
    resets_at: float = -math.inf
    uncounted: int = 0
    uncounted_at: float = -math.inf
    closed_until: float = -math.inf

    @property
    def known(self) -> bool:
        """Whether the limit is known."""
        return (self.configured or self.said.limit) is not None

    @property
    def limit(self) -> int:
        """The limit in force: the configured one, else the API's, up to a live account's.

        A higher limit may be an error of the headers, so the configuration has to name it.
        """
        return self.configured or min(self.said.limit or self.most, self.most)

    def after(self, state: WindowState, started: Instant, now: Instant) -> "Window":
        """Return the window after an answer to a request that was sent at `started`.

        The answer may be older than the last one, which came while the request was under way: then
        the lower *remaining* of both holds.
        """
        said = WindowState(
            self.said.limit if state.limit is None else state.limit,
            self.said.remaining if state.remaining is None else state.remaining,
            self.said.reset if state.reset is None else state.reset,
        )
        if state.remaining is None:
            return replace(
                self, said=said, uncounted=self.uncounted + 1, uncounted_at=now.monotonic
            )
        left = state.remaining
        holds = now.monotonic < self.resets_at
        if self.left is not None and holds and started.monotonic <= self.left_at:
            left = min(left, self.left)
        resets_at = now.monotonic + seconds_to_reset(state.reset, now.unix, self.length)
        return replace(
            self,
            said=replace(said, remaining=left),
            left=left,
            left_at=now.monotonic,
            resets_at=resets_at,
            uncounted=self.uncounted if started.monotonic < self.uncounted_at else 0,
        )

    def closed(self, until: float) -> "Window":
        """Return the window after a 429 that closes it until `until` (monotonic seconds)."""
        return replace(self, closed_until=max(self.closed_until, until))

    def above_reserve(self, reserve: float, in_flight: int, now: float) -> float:
        """Return how many requests may be sent before only the reserve of the window is left.

        The reserve is a share of the limit that the API says, else of the limit in force. Infinity
        means that the API has never said how many are left; a negative number, that less than the
        reserve is.
        """
        if now < self.closed_until:
            return 0
        if self.left is None:
            return math.inf
        limit = self.said.limit or self.limit
        holds = now < self.resets_at
        left = self.left - self.uncounted if holds else limit
        return math.ceil(left - reserve * limit - 1e-9) - in_flight

    def stop(self, reserve: float, now: float) -> Stop | None:
        """Return what closes the window now, and until when; None when it is open."""
        if now < self.closed_until:
            return Stop(Cause.RATE_LIMITED, self.closed_until)
        if self.above_reserve(reserve, 0, now) < 1:
            return Stop(Cause.RESERVE, self.resets_at)
        return None


SKEW = HOUR
"""Seconds by which the API's clock and ours may differ."""

TURNING = 300.0
"""Seconds until the presumed reset of a window whose reset is just over by our clock."""


def seconds_to_reset(reset: float | None, now: float, length: float) -> float:
    """Return the seconds from `now` until a window resets; `reset` and `now` are Unix seconds.

    Clocks differ, and an answer takes its time. So a reset that is just over has just come or is
    about to come, and a reset up to `SKEW` too far away is believed. Any other reset is an error,
    and as good as none: then the window resets at the next full minute, or at midnight UTC.
    """
    boundary = length - now % length
    if reset is None or not -SKEW <= reset - now <= length + SKEW:
        return boundary
    return min(reset - now, length) if reset > now else min(boundary, TURNING)
