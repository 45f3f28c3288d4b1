"""Steps of a budget, and an exporter that spends one, in a time of their own."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.config.sections import Quota
from exporter.model.instant import Instant
from exporter.model.rate_limit import (
    DAY_WINDOW,
    LIVE,
    MINUTE_WINDOW,
    UNSAID,
    RateLimit,
    WindowState,
)
from exporter.quota.budget import Budget, make_budget

UNIX = 1_785_672_010.0  # 2026-08-02T12:00:10Z
CONCURRENCY = 16
REFUSED = 429
HEADERS = (
    *(f"X-Rate-Limit-{what}-Minute" for what in ("Limit", "Remaining", "Reset")),
    *(f"X-Rate-Limit-{what}-Day" for what in ("Limit", "Remaining", "Reset")),
)


def at(seconds: float) -> Instant:
    """Return the moment `seconds` after the start."""
    return Instant(monotonic=5000.0 + seconds, unix=UNIX + seconds)


def says(minute: int = LIVE.minute, day: int = LIVE.day) -> RateLimit:
    """Return the limits that an account says while nothing is spent."""
    return RateLimit(WindowState(minute, minute), WindowState(day, day))


def ask(budget: Budget, seconds: float = 0.0) -> Budget:
    """Return the budget after a request was sent."""
    return budget.started(at(seconds))


def answer(
    budget: Budget, said: RateLimit = UNSAID, seconds: float = 0.0, *, good: bool = True
) -> Budget:
    """Return the budget after a request with an immediate answer."""
    return ask(budget, seconds).ended(said, at(seconds), at(seconds), good=good)


def refuse(budget: Budget, said: RateLimit = UNSAID, seconds: float = 0.0) -> Budget:
    """Return the budget after a request with an immediate 429."""
    return answer(budget, said, seconds, good=False).after_429(said, at(seconds), at(seconds))


def known(said: RateLimit | None = None) -> Budget:
    """Return the budget after a first answer, by default of a live account with nothing spent."""
    return answer(make_budget(Quota()), said or says())


def budgets(budget: Budget, seconds: float = 0.0) -> tuple[int, int]:
    """Return the requests that may be sent now by the minute's and by the day's budget."""
    windows = budget.windows(at(seconds))
    return windows[MINUTE_WINDOW].budget, windows[DAY_WINDOW].budget


class Outcome(NamedTuple):
    """How a request ended: with a status, without an answer (None), or never sent."""

    said: RateLimit = UNSAID
    status: int | None = None
    sent: bool = True


@dataclass
class Spender:
    """Sends requests while the budget allows it, at most `concurrency` at a time.

    The events in `later` happen in the order of their times.
    """

    quota: Quota
    concurrency: int = CONCURRENCY
    now: float = 0.0
    in_flight: int = 0
    later: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    events: int = 0

    def __post_init__(self) -> None:
        self.budget = make_budget(self.quota)

    def at(self, seconds: float, event: Callable[[], None]) -> None:
        self.events += 1
        heapq.heappush(self.later, (seconds, self.events, event))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self.later and self.later[0][0] <= until:
            self.now, _, event = heapq.heappop(self.later)
            event()
        self.now = until

    def starts(self) -> bool:
        if self.in_flight >= self.concurrency or self.budget.allowance(at(self.now)) < 1:
            return False
        self.budget = self.budget.started(at(self.now))
        self.in_flight += 1
        return True

    def ends(self, started: float, outcome: Outcome) -> None:
        self.in_flight -= 1
        sent, now = at(started), at(self.now)
        if not outcome.sent:
            self.budget = self.budget.not_sent(sent)
            return
        good = outcome.status in {200, 404}
        self.budget = self.budget.ended(outcome.said, sent, now, good=good)
        if outcome.status == REFUSED:
            self.budget = self.budget.after_429(outcome.said, sent, now)
