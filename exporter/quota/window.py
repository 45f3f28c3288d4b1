"""One window of an account's rate limit, as the API states it. Pure: the time is an argument.

Only the API's *remaining* counts the account's other users, and the requests that this exporter
sent before a restart.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.model.duration import HOUR
from exporter.model.instant import Instant
from exporter.model.rate_limit import UNSAID, WindowState
from exporter.quota.block import Cause, Stop


class WindowView(NamedTuple):
    """One window, as the metrics and the page show it.

    `limit` and `remaining` (requests) and `reset` (Unix seconds) are the last that the API stated;
    `budget` is the number of requests that the exporter may still send now. `in_force` is the limit
    that the budget goes by, such as a configured one; None until a limit is known.
    """

    limit: int | None
    remaining: int | None
    reset: float | None
    budget: int
    in_force: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A window that is `length` seconds long, and the API's last word about it.

    `most` is the documented limit of a live account. `configured` is the limit that the
    configuration sets in place of the API's. `said` holds the last value of each kind that the API
    stated. At `left_at` the API stated that `left` requests were left; that holds until
    `resets_at`, and then the window counts as full. `uncounted` requests have ended since whose
    answer did not mention the window, the last of them at `uncounted_at`; the answer to a later
    request counts them. A 429 has closed the window until `closed_until`. These times are
    monotonic.
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

        A higher limit in the headers may be an error, so only the configuration can set one.
        """
        return self.configured or min(self.said.limit or self.most, self.most)

    def after(self, state: WindowState, started: Instant, now: Instant) -> "Window":
        """Return the window after an answer to a request that was sent at `started`.

        Another answer may have come while this request was in flight. Then it is unknown which of
        the two is newer, and the lower *remaining* holds.
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

    def view(self, budget: int) -> WindowView:
        """Return the view of the window; the exporter may still spend `budget` requests."""
        said = self.said
        in_force = self.limit if self.known else None
        return WindowView(said.limit, said.remaining, said.reset, budget, in_force)

    def closed(self, until: float) -> "Window":
        """Return the window after a 429 that closes it until `until` (monotonic seconds)."""
        return replace(self, closed_until=max(self.closed_until, until))

    def above_reserve(self, reserve: float, in_flight: int, now: float) -> float:
        """Return how many requests may be sent before only the reserve of the window is left.

        The reserve is a share of the limit that the API states, else of the limit in force.
        Infinity: the API has never stated how many are left; negative: less than the reserve is
        left.
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
        """Return why the window is closed now, and until when; None when it is open."""
        if now < self.closed_until:
            return Stop(Cause.RATE_LIMITED, self.closed_until)
        if self.above_reserve(reserve, 0, now) < 1:
            return Stop(Cause.RESERVE, self.resets_at)
        return None


SKEW = HOUR
"""Seconds by which the API's clock and this machine's may differ."""

TURNING = 300.0
"""Seconds to wait at most when a reset has just passed by this machine's clock."""


def seconds_to_reset(reset: float | None, now: float, length: float) -> float:
    """Return the seconds from `now` until a window resets; `reset` and `now` are Unix seconds.

    Clocks differ, and answers take time. So a reset that has just passed came just now or is about
    to come, and a reset up to `SKEW` too far ahead is believed. Any other reset is an error and is
    ignored: then the window resets at the next full minute, or at midnight UTC.
    """
    boundary = length - now % length
    if reset is None or not -SKEW <= reset - now <= length + SKEW:
        return boundary
    return min(reset - now, length) if reset > now else min(boundary, TURNING)
