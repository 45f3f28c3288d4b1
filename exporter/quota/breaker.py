"""The circuit breaker of an account whose key is refused or whose API cannot be reached. Pure.

Each account has its own breaker. A 429 does not open a breaker: the budget handles 429s.
"""

import math
from dataclasses import dataclass, replace

from exporter.model.failures import Failure
from exporter.quota.backoff import KEY_REFUSED, UNREACHABLE

IN_A_ROW = 5
"""Failures in a row to reach the API that open the breaker; a refused key opens it at once."""

_MALFORMED = 400
"""Two of these in a row mean a malformed key: the exporter sends no malformed request, and the API
documents 400 for a malformed key."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker: closed while reads reach the API. While open, each back-off ends with one request.

    `failures` counts the reads in a row that did not reach the API; the first of them ended at
    `since`. `rounds` counts the back-offs in a row; the last one ends at `until`. The API asked for
    no request before `asked_until`. These times are monotonic seconds. `key_refused` says that the
    API refuses the key, and `malformed` that the last failure was a 400.
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
        """Whether the account is sent nothing but one request after each back-off."""
        return self.rounds > 0

    def holds(self, now: float) -> bool:
        """Tell whether no request may be made now."""
        return now < self.until

    def after(self, error: Failure | None, started: float, now: float, jitter: float) -> "Breaker":
        """Return the breaker after a read that was sent at `started`; `jitter` is from 0 to 1.

        Any answer that only the API can give closes the breaker. Two kinds of reads change nothing:
        a failed read that was sent before the breaker opened, and any read that was sent before the
        API asked for no request.
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
        """Return the breaker after a change of the key: the refusal of the old key is forgotten.

        Once it is, failed reads that were under way with the old key no longer count.
        """
        if self.open and not self.key_refused:
            return self
        return Breaker(0 if self.open else self.failures, until=now)

    @property
    def confirmed(self) -> bool:
        """Whether the cause is certain: the first round may be a chance run of bad jobs."""
        return self.key_refused or self.rounds > 1


CLOSED = Breaker()
