"""The pace of the exporter's own requests, which keeps each window within `quota.share`. Pure.

All times are monotonic seconds. `allowed` is the share in requests: `quota.share` times the
window's limit. It may change from one call to the next, and may be a fraction.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from exporter.model.duration import DAY, HOUR, MINUTE

LAG = 300.0
"""The API counts a request at most this many seconds after its start: the longest timeout."""

_TICKS = 10
"""Ticks in a second."""

_HOURS = 24
_PERIOD = DAY + LAG
_ROUNDING = 1e-9


class _Tick(NamedTuple):
    """A moment, and how many requests in all had ended by then."""

    at: float
    requests: int


_START = _Tick(-math.inf, 0)
_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class MinutePace:
    """When the requests of the last minute ended.

    The API counts a request at an unknown moment between its start and its end. So here a request
    counts from its start until a minute after its end. Then the API never counts more than
    `allowed` in any minute.

    `ticks` holds the ends, rounded up to a tick, and before them one that is a minute old.
    So however many requests there are, there are at most 602 ticks.
    """

    ticks: tuple[_Tick, ...] = (_START,)

    def after(self, now: float, requests: int = 1) -> "MinutePace":
        """Return the count after some requests ended."""
        last = self.ticks[-1]
        tick = _Tick(max(last.at, math.ceil(now * _TICKS) / _TICKS), last.requests + requests)
        oldest = self._before(now - MINUTE)
        before = self.ticks[oldest:-1] if tick.at == last.at else self.ticks[oldest:]
        return MinutePace((*before, tick))

    def left(self, now: float, allowed: float, in_flight: int) -> int:
        """Return how many requests may be sent now. With `allowed` 0.5: one in two minutes."""
        seconds = MINUTE / min(1.0, allowed)
        counted = self.ticks[-1].requests - self.ticks[self._before(now - seconds)].requests
        return max(1, math.floor(allowed + _ROUNDING)) - counted - in_flight

    def wait(self, now: float, allowed: float) -> float:
        """Return the seconds to the next request if `allowed` is less than 1, otherwise 0."""
        if allowed >= 1:
            return 0.0
        return max(0.0, self.ticks[-1].at + MINUTE / allowed - now)

    def _before(self, moment: float) -> int:
        """Return the place of the last tick that is not after `moment`; 0 if all are."""
        return max(0, bisect_right(self.ticks, moment, key=_at) - 1)


@dataclass(frozen=True, slots=True)
class DayPace:
    """The share of the day, which accrues evenly. At most an hour's worth is saved up.

    `at` is the time of this state. `allowed` is the share that was in force then. `owed` counts the
    requests that were spent by then and have not accrued again. `least` holds the lowest `owed` of
    each hour of the last day, with the hour's number.

    No 24 hours see more than `allowed` requests. In a day the share accrues, less the most that was
    saved up at any time of that day. So the first day after a start gives back the hour's worth
    that it began with, and an exporter that always spends what it has gets the whole share.
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
        """Return how many requests accrue in a second, `elapsed` seconds after `at`."""
        at_most = max(0.0, self.owed - elapsed * self.allowed / _PERIOD)
        saved = _capacity(self.allowed) - min([at_most, *(owed for _, owed in self.least)])
        return max(self.allowed - saved, self.allowed / 2) / _PERIOD

    def _converted(self, allowed: float) -> "DayPace":
        """Return the state for another share; a change of the share gains no request.

        A smaller share keeps the number of requests owed, up to the new capacity. A larger share
        keeps the proportion of the capacity that is owed.
        """
        before, after = _capacity(self.allowed), _capacity(allowed)
        factor = max(1.0, after / before)
        least = tuple((hour, min(after, owed * factor)) for hour, owed in self.least)
        return DayPace(allowed, min(after, self.owed * factor), self.at, least)

    def _noted(self, hour: int, owed: float) -> tuple[tuple[int, float], ...]:
        """Return `least` with `owed` noted for `hour`, without hours too old to matter."""
        kept = [one for one in self.least if one[0] >= hour - math.ceil(_PERIOD / HOUR)]
        if kept and kept[-1][0] == hour:
            kept[-1] = (hour, min(kept[-1][1], owed))
        else:
            kept.append((hour, owed))
        return tuple(kept)

    def after_requests(self, requests: int = 1) -> "DayPace":
        """Return the state after some requests were sent."""
        return replace(self, owed=self.owed + requests)

    def left(self, now: float, allowed: float) -> int:
        """Return how many requests may be sent now."""
        owed = self.accrued(now, allowed).owed
        return math.floor(_capacity(allowed) - owed + _ROUNDING)

    def wait(self, now: float, allowed: float) -> float:
        """Return the seconds until a request may be sent."""
        pace = self.accrued(now, allowed)
        return max(0.0, pace.owed + 1 - _capacity(allowed)) / pace.rate(0.0)


def _capacity(allowed: float) -> float:
    """Return how many requests may be saved up: an hour's worth, and at least one."""
    return max(1.0, allowed / _HOURS)
