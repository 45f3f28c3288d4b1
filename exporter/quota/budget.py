"""How many requests an account may be sent now: both windows, the share, the reserve. Pure.

The exporter shares the account's limits with the customer's own integration. So it spends at most
`quota.share` of each limit by its own count, and nothing while the API says that no more than
`quota.reserve` is left.
"""

import math
from dataclasses import dataclass, replace

from exporter.config.sections import Quota
from exporter.model.duration import DAY, MINUTE
from exporter.model.instant import Instant
from exporter.model.rate_limit import DAY_WINDOW, LIVE, MINUTE_WINDOW, RateLimit
from exporter.quota.block import Cause, Stop
from exporter.quota.pace import DayPace, MinutePace
from exporter.quota.rate_limited import seconds_closed
from exporter.quota.window import Window, WindowView

FRESH = 5.0
"""Seconds for which a good answer is fresh. Shorter than the time between two scrapes."""

AHEAD = 2.0
"""Seconds to wait for the first request's answer before a second request goes ahead."""

MOST_AHEAD = 2
"""At most this many requests go ahead of the others."""

PACED = 300.0
"""Seconds. A share that delays the next read by more than this counts as a block."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget of one account. Each request and each answer makes a new budget.

    `in_flight` holds the time at which each request in flight was sent, and `answered_at` the time
    of the last good answer (both monotonic).
    """

    share: float
    reserve: float
    minute: Window
    day: Window
    minute_pace: MinutePace
    day_pace: DayPace
    in_flight: tuple[float, ...] = ()
    answered_at: float = -math.inf
    consecutive_429s: int = 0

    def allowance(self, now: Instant) -> int:
        """Return how many more requests may be sent now, on top of those in flight.

        Until both limits are known, one request is sent at a time: a sandbox must not get a live
        account's burst. Without a fresh good answer, one request goes ahead of the others: the key,
        the window or the API may have changed, and only one request should find out.
        """
        left = self._left(now)
        if not self.known:
            return max(0, min(left, 1 - len(self.in_flight)))
        if self.is_fresh(now):
            return left
        ahead = self.ahead()
        waits = len(ahead) >= MOST_AHEAD or any(sent > now.monotonic - AHEAD for sent in ahead)
        return 0 if waits else min(left, 1)

    def ahead(self) -> list[float]:
        """Return the times of the requests in flight that were sent after the last good answer."""
        return [sent for sent in self.in_flight if sent > self.answered_at]

    @property
    def known(self) -> bool:
        """Whether both limits are known."""
        return self.minute.known and self.day.known

    def is_fresh(self, now: Instant) -> bool:
        """Tell whether a good answer came within the last `FRESH` seconds."""
        return now.monotonic - self.answered_at < FRESH

    def is_spent(self, now: Instant) -> bool:
        """Tell whether one of the windows allows no request now."""
        return self._left(now) < 1

    def _left(self, now: Instant) -> int:
        return min(self._left_of_minute(now.monotonic), self._left_of_day(now.monotonic))

    def _left_of_minute(self, now: float) -> int:
        own = self.minute_pace.left(now, self.share * self.minute.limit, len(self.in_flight))
        return self._within_reserve(self.minute, own, now)

    def _left_of_day(self, now: float) -> int:
        own = self.day_pace.left(now, self.share * self.day.limit)
        return self._within_reserve(self.day, own, now)

    def _within_reserve(self, window: Window, own: int, now: float) -> int:
        """Return how many of its `own` requests a window allows without touching the reserve."""
        return max(0, int(min(own, window.above_reserve(self.reserve, len(self.in_flight), now))))

    def allows_for_an_hour(self, now: Instant, a_minute: float) -> bool:
        """Tell whether the budget allows more than `a_minute` requests a minute for an hour.

        The share of the day that accrues in that hour counts too, but no more than the API's
        *remaining* allows.

        """
        allowed = self.share * self.day.limit
        own = self.day_pace.left(now.monotonic, allowed) + allowed / 24
        day = min(own, self.day.above_reserve(self.reserve, len(self.in_flight), now.monotonic))
        return self._left_of_minute(now.monotonic) > a_minute and day > 60 * a_minute

    def stops(self, now: Instant) -> list[Stop]:
        """Return the stops: the causes that delay requests for longer than pacing does.

        A 429 stops requests until a request that was sent ends otherwise, even without an answer:
        the next one may be refused too.
        """
        minute = self.minute_pace.wait(now.monotonic, self.share * self.minute.limit)
        day = self.day_pace.wait(now.monotonic, self.share * self.day.limit)
        wait = max(minute, day)
        share = Stop(Cause.SHARE, now.monotonic + wait) if wait > PACED else None
        limited = Stop(Cause.RATE_LIMITED, now.monotonic) if self.consecutive_429s else None
        windows = (one.stop(self.reserve, now.monotonic) for one in (self.minute, self.day))
        return [stop for stop in (*windows, share, limited) if stop is not None]

    def windows(self, now: Instant) -> dict[str, WindowView]:
        """Return the views of both windows, by the value of the label `window`."""
        return {
            MINUTE_WINDOW: self.minute.view(self._left_of_minute(now.monotonic)),
            DAY_WINDOW: self.day.view(self._left_of_day(now.monotonic)),
        }

    def started(self, now: Instant) -> "Budget":
        """Return the budget after a request was sent."""
        return replace(
            self,
            in_flight=(*self.in_flight, now.monotonic),
            day_pace=self._day_pace_after(1, now),
        )

    def ended(
        self, said: RateLimit, started: Instant, now: Instant, *, good: bool, served: bool = False
    ) -> "Budget":
        """Return the budget after the request that was sent at `started` ended.

        `said` is what the headers of the answer state. `good`: the API gives such an answer only to
        a key that it accepts. `served`: the request did not end in a 429.
        """
        return replace(
            self,
            minute=self.minute.after(said.minute, started, now),
            day=self.day.after(said.day, started, now),
            minute_pace=self.minute_pace.after(now.monotonic),
            in_flight=self._without(started),
            answered_at=now.monotonic if good else self.answered_at,
            consecutive_429s=0 if good or served else self.consecutive_429s,
        )

    def after_429(self, said: RateLimit, started: Instant, now: Instant) -> "Budget":
        """Return the budget after a 429 to the request that was sent at `started`.

        No request is sent until the exhausted window resets (see `rate_limited`). 429s to requests
        that were in flight together count as one.
        """
        closed_until = max(self.minute.closed_until, self.day.closed_until)
        consecutive = self.consecutive_429s + (started.monotonic >= closed_until)
        minute, day = seconds_closed(said, consecutive, now)
        return replace(
            self,
            minute=self.minute.closed(now.monotonic + minute),
            day=self.day.closed(now.monotonic + day),
            answered_at=-math.inf,
            consecutive_429s=consecutive,
        )

    def governed_by(self, quota: Quota) -> "Budget":
        """Return the budget under another quota; earlier requests and answers still count."""
        return replace(
            self,
            share=quota.share,
            reserve=quota.reserve,
            minute=replace(self.minute, configured=quota.per_minute),
            day=replace(self.day, configured=quota.per_day),
        )

    def elsewhere(self) -> "Budget":
        """Return the budget after a change of the address or the key: earlier answers do not count.

        Earlier requests do count, because the vendor may still see the same account.
        """
        return replace(
            self,
            minute=Window(self.minute.length, self.minute.most, self.minute.configured),
            day=Window(self.day.length, self.day.most, self.day.configured),
            answered_at=-math.inf,
            consecutive_429s=0,
        )

    def repeated(self, requests: int, now: Instant) -> "Budget":
        """Return the budget after an attempt that sent some `requests` more than its one.

        They were sent without leave, so the next ones wait for them.
        """
        return replace(
            self,
            minute_pace=self.minute_pace.after(now.monotonic, requests),
            day_pace=self._day_pace_after(requests, now),
        )

    def not_sent(self, started: Instant) -> "Budget":
        """Return the budget after a request that counted as started but was never sent.

        The request stays spent from the day's share: one request is little, and to give it back
        later could exceed the share.
        """
        return replace(self, in_flight=self._without(started))

    def _day_pace_after(self, requests: int, now: Instant) -> DayPace:
        pace = self.day_pace.accrued(now.monotonic, self.share * self.day.limit)
        return pace.after_requests(requests)

    def _without(self, started: Instant) -> tuple[float, ...]:
        in_flight = list(self.in_flight)
        in_flight.remove(started.monotonic)
        return tuple(in_flight)


def make_budget(quota: Quota) -> Budget:
    """Return the budget of an account that was never sent a request."""
    day = Window(DAY, LIVE.day, quota.per_day)
    return Budget(
        share=quota.share,
        reserve=quota.reserve,
        minute=Window(MINUTE, LIVE.minute, quota.per_minute),
        day=day,
        minute_pace=MinutePace(),
        day_pace=DayPace(quota.share * day.limit),
    )
