"""The permits of one account: how many reads may start now, by the budget and the breaker."""

import math
from collections.abc import Callable

from exporter.config.sections import Quota
from exporter.model.attempt import Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.rate_limit import UNSAID
from exporter.quota.block import Cause, Stop
from exporter.quota.breaker import CLOSED, Breaker
from exporter.quota.budget import Budget
from exporter.quota.strangers import LATELY, Strangers

_GOLDEN = 0.6180339887
"""The fraction of the golden ratio: the fractions of its multiples lie far from each other."""


class Permits:
    """Says how many reads may start. `jitter` returns a number from 0 to 1."""

    def __init__(self, budget: Budget, jitter: Callable[[], float]) -> None:
        self.budget = budget
        self._jitter = jitter
        self.breaker = CLOSED
        self.strangers = Strangers()
        self._short_until = -math.inf
        self._misses = 0

    def governed_by(self, quota: Quota) -> None:
        """Keep to another quota from now on."""
        self.budget = self.budget.governed_by(quota)

    def with_another_key(self, now: Instant) -> None:
        """Forget that the old key was refused, and its limits: the new key may have others."""
        self.budget = self.budget.elsewhere()
        self.breaker = self.breaker.with_another_key(now.monotonic)

    def at_another_address(self) -> None:
        """Forget the answers and failures of the API at the old address."""
        self.budget = self.budget.elsewhere()
        self.breaker = CLOSED

    def doubtful(self, now: Instant) -> bool:
        """Tell whether the last read did not reach the API and no good answer is fresh."""
        return self.breaker.failures > 0 and not self.budget.is_fresh(now)

    def goes_second(self, now: Instant) -> bool:
        """Tell whether a read went ahead of the others and has no answer yet."""
        return not self.budget.is_fresh(now) and len(self.budget.ahead()) > 0

    def trial_place(self, now: Instant) -> float | None:
        """Return which due read tries the API, or None when reads go by urgency.

        0 takes the first due read, 1 the last. When the API may not answer, the last of the jobs
        that did not fail tries it. While the limits are unknown, one read goes at a time. Jobs that
        fail together often stand together, so each failure then moves the place far away.
        """
        if self._misses:
            return self._misses * _GOLDEN % 1.0
        return 1.0 if self.breaker.open or self.doubtful(now) or self.goes_second(now) else None

    def note_shortage(self, now: Instant, reads: int) -> None:
        """Note how many reads a scrape deferred for lack of budget."""
        self._short_until = now.monotonic + LATELY if reads else -math.inf

    def is_short(self, now: Instant) -> bool:
        """Tell whether the last scrape deferred reads for lack of budget.

        While the budget is short, only scrapes start reads, by urgency; they make the reads of
        probes too. Otherwise the probe that arrives when the next request is allowed would take it.
        """
        return now.monotonic < self._short_until

    def halted(self, now: Instant) -> bool:
        """Tell whether no read may start now, not even when a read in flight ends."""
        return self.breaker.holds(now.monotonic) or self.budget.is_spent(now)

    def stops(self, now: Instant) -> list[Stop]:
        """Return the stops: the causes that delay reads for longer than pacing does."""
        stops = self.budget.stops(now)
        if self.breaker.open:
            cause = Cause.KEY if self.breaker.key_refused else Cause.UNREACHABLE
            stops.append(Stop(cause, self.breaker.until))
        return stops

    def room(self, now: Instant, concurrency: int) -> int:
        """Return how many more reads may start now, on top of those in flight."""
        in_flight = self.budget.in_flight
        free = concurrency - len(in_flight)
        if free <= 0 or self.breaker.holds(now.monotonic):
            return 0
        room = min(free, self.budget.allowance(now))
        if self.breaker.open:
            room = min(room, 1 - sum(sent >= self.breaker.until for sent in in_flight))
        return room

    def cause(self, now: Instant) -> str:
        """Return why a due read cannot start now: the label `cause` of the deferred reads."""
        if self.breaker.open:
            return "breaker"
        return "budget" if self.budget.is_spent(now) else "deadline"

    def start(self, now: Instant, *, watched: bool, new: bool) -> None:
        """Note the start of a read of a job that is `watched`, or `new` (without a good read)."""
        self.budget = self.budget.started(now)
        self.strangers.count(watched=watched, new=new)

    def count(self, attempt: Attempt, *, same_key: bool) -> None:
        """Count the requests of an attempt against the budget.

        `same_key`: False if the key or the address has changed since the request.
        """
        result, started, ended = attempt.result, attempt.started, attempt.ended
        error = result if isinstance(result, Failure) else None
        if error is not None and not error.sent:
            self.budget = self.budget.not_sent(started)
            return
        limited = same_key and isinstance(error, RateLimited)
        said = result.said if same_key else UNSAID
        good, served = same_key and attempt.good, same_key and not limited
        self.budget = self.budget.ended(said, started, ended, good=good, served=served)
        if result.requests > 1:
            self.budget = self.budget.repeated(result.requests - 1, ended)
        if limited:
            self.budget = self.budget.after_429(said, started, ended)
        self._misses = self._misses + 1 if error is not None and not self.budget.known else 0

    def advance(self, attempt: Attempt, error: Failure | None) -> Breaker:
        """Open or close the breaker after an attempt; return the previous breaker."""
        before = self.breaker
        self.breaker = before.after(
            error, attempt.started.monotonic, attempt.ended.monotonic, self._jitter()
        )
        if (wait := attempt.asked_to_wait) is not None:
            self.breaker = self.breaker.waiting_until(attempt.ended.monotonic + wait)
        return before
