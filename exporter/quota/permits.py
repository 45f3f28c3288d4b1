"""What may be asked of one account now, and why not: its budget and its breaker, kept in step."""

import math
from collections.abc import Callable, Mapping

from exporter.config.sections import Quota
from exporter.model.attempt import Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.rate_limit import UNSAID
from exporter.quota.block import Cause, Stop
from exporter.quota.breaker import CLOSED, Breaker
from exporter.quota.budget import Budget, WindowView
from exporter.quota.strangers import LATELY, Strangers

_GOLDEN = 0.6180339887
"""The golden ratio's fraction: its multiples, without their whole part, lie far from each other."""


class Permits:
    """Says how many reads may be started. `jitter` returns a number from 0 to 1."""

    def __init__(self, budget: Budget, jitter: Callable[[], float]) -> None:
        self._budget = budget
        self._jitter = jitter
        self.breaker = CLOSED
        self._strangers = Strangers()
        self._short_until = -math.inf
        self._misses = 0

    def windows(self, now: Instant) -> Mapping[str, WindowView]:
        """Return both windows by name, as they are shown."""
        return self._budget.windows(now)

    @property
    def share(self) -> float:
        """The share of the account's limits that may be spent."""
        return self._budget.share

    @property
    def reserve(self) -> float:
        """The share of the account's limits that is left to others."""
        return self._budget.reserve

    def governed_by(self, quota: Quota) -> None:
        """Go by another quota from now on."""
        self._budget = self._budget.governed_by(quota)

    def with_another_key(self, now: Instant) -> None:
        """Forget that the key was refused, and what was said of its limits: they may be others."""
        self._budget = self._budget.elsewhere()
        self.breaker = self.breaker.with_another_key(now.monotonic)

    def at_another_address(self) -> None:
        """Forget what the API said, and how it failed."""
        self._budget = self._budget.elsewhere()
        self.breaker = CLOSED

    @property
    def open(self) -> bool:
        """Whether the breaker is open: one read after each back-off tries the API."""
        return self.breaker.open

    def doubtful(self, now: Instant) -> bool:
        """Tell whether the API did not answer the last read, nor another one just before."""
        return self.breaker.failures > 0 and not self._budget.is_fresh(now)

    def goes_second(self, now: Instant) -> bool:
        """Tell whether the read that went ahead of the others is late, and another one follows."""
        return not self._budget.is_fresh(now) and len(self._budget.ahead()) > 0

    def trial(self, now: Instant) -> float | None:
        """Return where in the queue the read is that tries the API; None: reads go by urgency.

        That is a part of the queue's length, 1 being its end. Where it is doubtful whether the API
        answers, a job goes first that did not fail. After each read that failed and told
        no limits it is another place, far from those before: one read at a time is made then, and
        jobs that go wrong together often stand together.
        """
        if self._misses:
            return self._misses * _GOLDEN % 1.0
        return 1.0 if self.open or self.doubtful(now) or self.goes_second(now) else None

    def found_short(self, now: Instant, reads: int) -> None:
        """Note how many reads a scrape could not make for want of budget."""
        self._short_until = now.monotonic + LATELY if reads else -math.inf

    def is_short(self, now: Instant) -> bool:
        """Tell whether the last scrape left reads for want of budget.

        Then scrapes make all the reads, those that probes want too, in the order of their urgency:
        else whoever happens to come when a request is allowed would have it.
        """
        return now.monotonic < self._short_until

    def halted(self, now: Instant) -> bool:
        """Tell whether nothing may be asked now, whatever ends meanwhile."""
        return self.breaker.holds(now.monotonic) or self._budget.spent(now)

    def stops(self, now: Instant) -> list[Stop]:
        """Return all that stops reads now, other than for a short while."""
        stops = self._budget.stops(now)
        if self.breaker.open:
            cause = Cause.KEY if self.breaker.key_refused else Cause.UNREACHABLE
            stops.append(Stop(cause, self.breaker.until))
        return stops

    def room(self, now: Instant, concurrency: int) -> int:
        """Return how many reads may be started now, besides those that are in flight."""
        if self.breaker.holds(now.monotonic):
            return 0
        in_flight = self._budget.in_flight
        room = min(concurrency - len(in_flight), self._budget.allowance(now))
        if self.breaker.open:
            room = min(room, 1 - sum(sent >= self.breaker.until for sent in in_flight))
        return room

    def cause(self, now: Instant) -> str:
        """Return what keeps a read that is due from being started now, as the metrics name it."""
        if self.breaker.open:
            return "breaker"
        return "budget" if self._budget.spent(now) else "deadline"

    @property
    def strangers_turn(self) -> bool:
        """Whether the next read may be a stranger's although watched jobs wait."""
        return self._strangers.have_a_turn

    @property
    def new_is_next(self) -> bool:
        """Whether the next read of a stranger is that of an id that was never read."""
        return self._strangers.new_is_next

    def last(self, now: Instant, a_minute: float) -> bool:
        """Tell whether there are more than so many a minute for an hour."""
        return self._budget.lasts(now, a_minute)

    def start(self, now: Instant, *, watched: bool, new: bool) -> None:
        """Note that a request is made, for a job that is watched, and for one that is new."""
        self._budget = self._budget.started(now)
        self._strangers.count(watched=watched, new=new)

    def count(self, attempt: Attempt, *, here: bool) -> None:
        """Count a request against the budget, unless it was never made."""
        result, started, ended = attempt.result, attempt.started, attempt.ended
        error = result if isinstance(result, Failure) else None
        if error is not None and not error.sent:
            self._budget = self._budget.not_sent(started)
            return
        limited = here and isinstance(error, RateLimited)
        said = result.said if here else UNSAID
        good, served = here and attempt.good, here and not limited
        self._budget = self._budget.ended(said, started, ended, good=good, served=served)
        if limited:
            self._budget = self._budget.after_429(said, started, ended)
        self._misses = self._misses + 1 if error is not None and not self._budget.known else 0

    def advance(self, attempt: Attempt, error: Failure | None) -> Breaker:
        """Open or close the breaker after an attempt; return it as it was before."""
        before = self.breaker
        self.breaker = before.after(
            error, attempt.started.monotonic, attempt.ended.monotonic, self._jitter()
        )
        if (wait := attempt.asked_to_wait) is not None:
            self.breaker = self.breaker.held(attempt.ended.monotonic + wait)
        return before
