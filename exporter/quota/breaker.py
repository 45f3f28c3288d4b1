"""When to leave an account alone: its key is refused, or its API cannot be reached. Pure.

Each account has a breaker of its own. A 429 does not open a breaker: the budget handles it.
"""

import math
from dataclasses import dataclass, replace

from exporter.model.failures import Failure
from exporter.quota.backoff import KEY_REFUSED, UNREACHABLE

IN_A_ROW = 5
"""Failures in a row to reach the API that open the breaker. A refused key opens it at once."""

_MALFORMED = 400
"""The exporter sends no malformed request: as documented, two of these mean a malformed key."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed while all is well. Once open, one request after each back-off tries the API.

    `failures` counts the reads in a row that did not reach the API, and `since` is when the first
    of them ended. `rounds` counts the back-offs in a row, of which the last ends at `until`. The
    API asked for no request before `asked_until`. These times are monotonic seconds. `key_refused`
    says that the key is refused, and `malformed` that the last failure was a 400.
    """

    failures: int = 0
    since: float = math.inf
    rounds: int = 0
    key_refused: bool = False
    malformed: bool = False
    until: float = -math.inf
    asked_until: float = -math.inf

    @property
    def open(self) -> bool:
        """Whether the account is left alone, but for one request after each back-off."""
        return self.rounds > 0

    def holds(self, now: float) -> bool:
        """Tell whether no request may be made now."""
        return now < self.until

    def after(self, error: Failure | None, started: float, now: float, jitter: float) -> "Breaker":
        """Return the breaker after a read that was sent at `started`; `jitter` is from 0 to 1.

        Any answer that only the API can give closes the breaker. A failure of a read that was under
        way when the breaker opened changes nothing, nor does a read that was under way when the API
        asked for no request.
        """
        if started < self.asked_until:
            return self
        if error is None or error.api_is_up:
            return CLOSED
        if started < self.until:
            return self
        failures = self.failures + 1
        since = min(self.since, now)
        malformed = error.status == _MALFORMED
        key_refused = error.refuses_key or (malformed and self.malformed)
        if not (self.open or key_refused or failures >= IN_A_ROW):
            return Breaker(failures, since, malformed=malformed)
        rounds = self.rounds + 1 if key_refused == self.key_refused else 1
        backoff = KEY_REFUSED if key_refused else UNREACHABLE
        until = now + backoff.after(rounds, jitter)
        return Breaker(failures, since, rounds, key_refused, malformed, until)

    def waiting_until(self, until: float) -> "Breaker":
        """Return the breaker after an answer that asks for no request before `until`."""
        until = max(self.until, until)
        return replace(self, rounds=max(self.rounds, 1), until=until, asked_until=until)

    def with_another_key(self, now: float) -> "Breaker":
        """Return the breaker once the account has another key: a refusal of the old one is over.

        Reads that are under way with the old key change nothing any more.
        """
        if self.open and not self.key_refused:
            return self
        return Breaker(0 if self.open else self.failures, until=now)

    @property
    def confirmed(self) -> bool:
        """Whether the cause is certain: some bad jobs may fail one after the other by chance."""
        return self.key_refused or self.rounds > 1


CLOSED = Breaker()
