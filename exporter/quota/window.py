"""One window of an account's rate limit, as the API says it. Pure: told the time, reads nothing.

What the API says is left is all that knows of the account's other users, and of what this exporter
spent before it was restarted.
"""

import math
from dataclasses import dataclass, replace

from exporter.model.instant import Instant
from exporter.model.rate_limit import UNSAID, WindowState
from exporter.quota.block import Cause, Stop


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a window that is `length` seconds long.

    `most` is the documented limit of a live account, `configured` the limit that the configuration
    puts in the place of the API's. `said` is what the API said last, each value by itself. `left`
    was left when that was said at `left_at`, and holds until `resets_at`; then the window is
    presumed full. `unsaid` is how many requests ended since and said nothing of it, the last of
    them at `unsaid_at`; an answer that was asked for later knows of them. Until `refused_until` the
    API refuses everything. These times are monotonic.
    """

    length: float
    most: int
    configured: int | None
    said: WindowState = UNSAID.minute
    left: int | None = None
    left_at: float = -math.inf
    resets_at: float = -math.inf
    unsaid: int = 0
    unsaid_at: float = -math.inf
    closed_until: float = -math.inf

    @property
    def known(self) -> bool:
        """Whether the limit is known."""
        return (self.configured or self.said.limit) is not None

    @property
    def limit(self) -> int:
        """The limit that counts: the configured one, else the API's, up to a live account's.

        One that is said to be higher may be an error of the headers, so it has to be configured.
        """
        return self.configured or min(self.said.limit or self.most, self.most)

    def after(self, state: WindowState, started: Instant, now: Instant) -> "Window":
        """Return what is known after an answer to a request that was sent at `started`.

        An answer that was under way when the last one came may be older than it: then the lower
        of both counts.
        """
        said = WindowState(
            self.said.limit if state.limit is None else state.limit,
            self.said.remaining if state.remaining is None else state.remaining,
            self.said.reset if state.reset is None else state.reset,
        )
        if state.remaining is None:
            return replace(self, said=said, unsaid=self.unsaid + 1, unsaid_at=now.monotonic)
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
            unsaid=self.unsaid if started.monotonic < self.unsaid_at else 0,
        )

    def closed(self, until: float) -> "Window":
        """Return what is known after a refusal that lasts until then (monotonic seconds)."""
        return replace(self, closed_until=max(self.closed_until, until))

    def over(self, reserve: float, in_flight: int, now: float) -> float:
        """Return how many may be asked before only that share of the window is left.

        It is a share of the limit that the API says, where it has. Infinity when the API has never
        said what is left, negative when less is.
        """
        if now < self.closed_until:
            return 0
        if self.left is None:
            return math.inf
        limit = self.said.limit or self.limit
        holds = now < self.resets_at
        left = self.left - self.unsaid if holds else limit
        return math.ceil(left - reserve * limit - 1e-9) - in_flight

    def stop(self, reserve: float, now: float) -> Stop | None:
        """Return why nothing of it may be asked now, and until when; None: something may."""
        if now < self.closed_until:
            return Stop(Cause.RATE_LIMITED, self.closed_until)
        if self.over(reserve, 0, now) < 1:
            return Stop(Cause.RESERVE, self.resets_at)
        return None


SKEW = 3_600.0
"""Seconds by which the API's clock and ours may differ."""

TURNING = 300.0
"""Seconds after which a window is looked at again whose reset is just over by our clock."""


def seconds_to_reset(reset: float | None, now: float, length: float) -> float:
    """Return the seconds until a window of that length resets, at `now` (both Unix seconds).

    Clocks differ, and an answer takes its time: a reset that is just over has just come or is about
    to, and one that is just too far away is meant. One that was not said, or lies elsewhere, cannot
    be meant: then the next minute or the next midnight of UTC counts.
    """
    boundary = length - now % length
    if reset is None or not -SKEW <= reset - now <= length + SKEW:
        return boundary
    return min(reset - now, length) if reset > now else min(boundary, TURNING)
