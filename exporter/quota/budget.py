"""How many requests an account may be sent now: both windows, the share, the reserve. Pure.

The limits are the account's, and the customer's own integration lives on them. So the exporter
spends at most `quota.share` of each by its own count, and nothing while the API says that no more
than `quota.reserve` is left.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.config.sections import Quota
from exporter.model.duration import DAY, MINUTE
from exporter.model.instant import Instant
from exporter.model.rate_limit import DAY_WINDOW, LIVE, MINUTE_WINDOW, RateLimit
from exporter.quota.block import Cause, Stop
from exporter.quota.pace import DayPace, MinutePace
from exporter.quota.rate_limited import seconds_closed
from exporter.quota.window import Window

FRESH = 5.0
"""Seconds for which a good answer vouches for the next. Shorter than between two scrapes."""

AHEAD = 2.0
"""Seconds after which a second request goes ahead of the others, if the first has no answer."""

MOST_AHEAD = 2
"""Requests that go ahead of the others at most."""

PACED = 300.0
"""Seconds to the next read beyond which the share stops reads; up to that it only paces them."""


class WindowView(NamedTuple):
    """One window as it is shown.

    `limit` and `remaining` (requests) and `reset` (Unix seconds) are the API's last words; `budget`
    is how many requests the exporter may still send now.
    """

    limit: int | None
    remaining: int | None
    reset: float | None
    budget: int


@dataclass(frozen=True, slots=True)
class Budget:
    """What one account may be asked. Each request and each answer makes a new budget.

    `in_flight` holds the time at which each request under way was sent; `answered_at` is when the
    last good answer came (both monotonic).
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
        """Return how many requests may be sent now, besides those that are in flight.

        Until both limits are known, one request goes at a time: a sandbox must not meet a live
        account's burst. Where the last good answer is not fresh, one request goes ahead of the
        others: the key, the window or the API may have changed, and many must not find that out.
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
        return min(view.budget for view in self.windows(now).values())

    def allows_for_an_hour(self, now: Instant, a_minute: float) -> bool:
        """Tell whether the budget allows more than `a_minute` requests a minute for an hour.

        The day's share that accrues in that hour counts, as far as the API's *remaining* allows.
        """
        allowed = self.share * self.day.limit
        own = self.day_pace.left(now.monotonic, allowed) + allowed / 24
        day = min(own, self.day.above_reserve(self.reserve, len(self.in_flight), now.monotonic))
        return self.windows(now)[MINUTE_WINDOW].budget > a_minute and day > 60 * a_minute

    def stops(self, now: Instant) -> list[Stop]:
        """Return what stops requests for longer than pacing does.

        A 429 stops them until another request was answered otherwise: the next may be one too.
        """
        minute = self.minute_pace.wait(now.monotonic, self.share * self.minute.limit)
        day = self.day_pace.wait(now.monotonic, self.share * self.day.limit)
        wait = max(minute, day)
        share = Stop(Cause.SHARE, now.monotonic + wait) if wait > PACED else None
        limited = Stop(Cause.RATE_LIMITED, now.monotonic) if self.consecutive_429s else None
        windows = (one.stop(self.reserve, now.monotonic) for one in (self.minute, self.day))
        return [stop for stop in (*windows, share, limited) if stop is not None]

    def windows(self, now: Instant) -> dict[str, WindowView]:
        """Return both windows as they are shown, by the value of the label `window`."""
        in_flight = len(self.in_flight)
        minute = self.minute_pace.left(now.monotonic, self.share * self.minute.limit, in_flight)
        day = self.day_pace.left(now.monotonic, self.share * self.day.limit)
        return {
            MINUTE_WINDOW: self._view(self.minute, minute, now.monotonic),
            DAY_WINDOW: self._view(self.day, day, now.monotonic),
        }

    def _view(self, window: Window, own: int, now: float) -> WindowView:
        """Return a window whose budget keeps to the share, `own`, and to the reserve."""
        above_reserve = window.above_reserve(self.reserve, len(self.in_flight), now)
        said = window.said
        budget = max(0, int(min(own, above_reserve)))
        return WindowView(said.limit, said.remaining, said.reset, budget)

    def started(self, now: Instant) -> "Budget":
        """Return the budget after a request was sent."""
        day_pace = self.day_pace.accrued(
            now.monotonic, self.share * self.day.limit
        ).after_requests()
        return replace(self, in_flight=(*self.in_flight, now.monotonic), day_pace=day_pace)

    def ended(
        self, said: RateLimit, started: Instant, now: Instant, *, good: bool, served: bool = False
    ) -> "Budget":
        """Return the budget after the request that was sent at `started` ended.

        `said` is what the headers of the answer say. The answer is `good` when the API gives such
        an answer only to a key that it accepts, and `served` when it is at least no 429.
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
        """Return the budget after the request that was sent at `started` was answered with a 429.

        Nothing is asked until the window that ran out resets (see `rate_limited`). Requests that
        were under way together count as one 429.
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
        """Return the budget at another address, or with another key: earlier answers do not count.

        Earlier requests do, since it may be the same account at the vendor's.
        """
        return replace(
            self,
            minute=Window(self.minute.length, self.minute.most, self.minute.configured),
            day=Window(self.day.length, self.day.most, self.day.configured),
            answered_at=-math.inf,
            consecutive_429s=0,
        )

    def not_sent(self, started: Instant) -> "Budget":
        """Return the budget after a request that was counted as started was never sent.

        The day's share counts it as spent all the same: one request is little, and giving it back
        later could be too much.
        """
        return replace(self, in_flight=self._without(started))

    def _without(self, started: Instant) -> tuple[float, ...]:
        in_flight = list(self.in_flight)
        in_flight.remove(started.monotonic)
        return tuple(in_flight)


def make_budget(quota: Quota) -> Budget:
    """Return the budget of an account that was never asked."""
    day = Window(DAY, LIVE.day, quota.per_day)
    return Budget(
        share=quota.share,
        reserve=quota.reserve,
        minute=Window(MINUTE, LIVE.minute, quota.per_minute),
        day=day,
        minute_pace=MinutePace(),
        day_pace=DayPace(quota.share * day.limit),
    )
