"""The exporter's own count of its requests, in each window. Pure: told the time, reads nothing.

All times are monotonic seconds. `allowed` is what may be spent in a whole window: `quota.share` of
its limit; it may change from one call to the next, and need not be a whole number.
"""

import math
from dataclasses import dataclass, replace
from itertools import dropwhile

from exporter.model.duration import DAY, HOUR, MINUTE

LAG = 300.0
"""Seconds by which the API may count a request later than it was sent: the longest that
`refresh.timeout` may be."""

_HOURS = 24
_PERIOD = DAY + LAG
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class MinutePace:
    """When the requests of the last minute ended.

    A request counts from when it is sent until a minute after it ended, since nobody knows when in
    between the API counted it. So no minute of the API's clock sees more than `allowed`.
    """

    ended: tuple[float, ...] = ()

    def after(self, now: float) -> "MinutePace":
        """Return the count after a request ended."""
        recent = dropwhile(lambda end: end <= now - MINUTE, self.ended)
        return MinutePace((*recent, now))

    def left(self, now: float, allowed: float, in_flight: int) -> int:
        """Return how many may be sent now. Less than one a minute is one in so many minutes."""
        seconds = MINUTE / min(1.0, allowed)
        counted = sum(end > now - seconds for end in self.ended)
        return max(1, math.floor(allowed + _ROUNDING)) - counted - in_flight

    def wait(self, now: float, allowed: float) -> float:
        """Return the seconds to the next request, where that is over a minute after the last."""
        if allowed >= 1 or not self.ended:
            return 0.0
        return max(0.0, self.ended[-1] + MINUTE / allowed - now)


@dataclass(frozen=True, slots=True)
class DayPace:
    """The day's allowance, which accrues evenly; at most an hour's worth is saved up.

    `owed` is what was spent at `at` and has not accrued again, by what was `allowed` then. `least`
    is the least that was owed in each hour (by its number) of the last day.

    No 24 hours see more than `allowed`: what accrues in a day is what is allowed, less the most
    that was saved up at any time of that day. So the first day after a start gives back the hour's
    worth that it began with, and a watch that always spends what it has is given all of the share.
    """

    allowed: float
    owed: float = 0.0
    at: float = 0.0
    least: tuple[tuple[int, float], ...] = ()

    def accrued(self, now: float, allowed: float) -> "DayPace":
        """Return the state at `now`."""
        if allowed != self.allowed:
            return self._converted(allowed).accrued(now, allowed)
        elapsed = max(0.0, now - self.at)
        owed = max(0.0, self.owed - elapsed * self.rate(elapsed))
        return DayPace(allowed, owed, max(now, self.at), self._noted(int(now // HOUR), owed))

    def rate(self, elapsed: float) -> float:
        """Return how much accrues in a second, so many seconds after `at`."""
        at_most = max(0.0, self.owed - elapsed * self.allowed / _PERIOD)
        saved = _capacity(self.allowed) - min([at_most, *(owed for _, owed in self.least)])
        return max(self.allowed - saved, self.allowed / 2) / _PERIOD

    def _converted(self, allowed: float) -> "DayPace":
        """Return the state for another allowance: nothing is gained by a change of it.

        With less allowed as much is owed as before, up to all that can be saved; with more, the
        same part of it.
        """
        before, after = _capacity(self.allowed), _capacity(allowed)
        factor = max(1.0, after / before)
        least = tuple((hour, min(after, owed * factor)) for hour, owed in self.least)
        return DayPace(allowed, min(after, self.owed * factor), self.at, least)

    def _noted(self, hour: int, owed: float) -> tuple[tuple[int, float], ...]:
        """Return the least owed in each hour of the last day, the present one included."""
        kept = [one for one in self.least if one[0] >= hour - math.ceil(_PERIOD / HOUR)]
        if kept and kept[-1][0] == hour:
            kept[-1] = (hour, min(kept[-1][1], owed))
        else:
            kept.append((hour, owed))
        return tuple(kept)

    def spent(self, requests: int = 1) -> "DayPace":
        """Return the state after so many requests were sent."""
        return replace(self, owed=self.owed + requests)

    def left(self, now: float, allowed: float) -> int:
        """Return how many may be sent now."""
        owed = self.accrued(now, allowed).owed
        return math.floor(_capacity(allowed) - owed + _ROUNDING)

    def wait(self, now: float, allowed: float) -> float:
        """Return the seconds until one may be sent."""
        pace = self.accrued(now, allowed)
        return max(0.0, pace.owed + 1 - _capacity(allowed)) / pace.rate(0.0)


def _capacity(allowed: float) -> float:
    """Return what may be saved up: an hour's worth, and never less than one request."""
    return max(1.0, allowed / _HOURS)
