"""When an account is left alone because its key is refused or its API cannot be reached. Pure.

One account's breaker knows nothing of another's. What a 429 means is the budget's.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

from exporter.model.failures import Failure

IN_A_ROW = 5
"""So many failures in a row to reach the API open the breaker; a refused key does at once."""

JITTER = 0.1
"""A back-off short of the longest is lengthened by up to this share of it."""


_MALFORMED = 400
"""No request is malformed: twice in a row it means, as documented, a key in the wrong format."""


class _Backoff(NamedTuple):
    """Seconds: the first back-off, which doubles up to the longest."""

    first: float
    longest: float


_REFUSED_KEY = _Backoff(30.0, 15 * 60.0)
_UNREACHABLE = _Backoff(5.0, 60.0)


@dataclass(frozen=True, slots=True)
class Breaker:
    """Closed while all is well. Once open, one request after each back-off tries whether it is.

    `failures` is how many reads in a row did not reach the API, `since` when the first of them
    ended. `rounds` is how many back-offs there were in a row, of which the last ends at `until`;
    both times are monotonic seconds, as is `asked_until`, before which the API asked not to be
    asked. `refused` says that it is the key that is refused, and `malformed` that the last failure
    was a 400.
    """

    failures: int = 0
    since: float = math.inf
    rounds: int = 0
    refused: bool = False
    malformed: bool = False
    until: float = -math.inf
    asked_until: float = -math.inf

    @property
    def open(self) -> bool:
        """Whether the account is left alone, but for one request after each back-off."""
        return self.rounds > 0

    def holds(self, now: float) -> bool:
        """Tell whether nothing may be asked now."""
        return now < self.until

    def after(self, error: Failure | None, started: float, now: float, jitter: float) -> "Breaker":
        """Return the breaker after a read that was sent at `started`; `jitter` is from 0 to 1.

        Any answer that only the API gives closes it. A read that fails and was under way when the
        breaker opened says nothing new, nor does any when the API asked to be left alone.
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
        refused = error.refuses_key or (malformed and self.malformed)
        if not (self.open or refused or failures >= IN_A_ROW):
            return Breaker(failures, since, malformed=malformed)
        rounds = self.rounds + 1 if refused == self.refused else 1
        first, longest = _REFUSED_KEY if refused else _UNREACHABLE
        wait = min(first * 2.0 ** min(rounds - 1, 32) * (1 + JITTER * jitter), longest)
        return Breaker(failures, since, rounds, refused, malformed, now + wait)

    def held(self, until: float) -> "Breaker":
        """Return the breaker after an answer that asks to come back at `until`, and not before."""
        until = max(self.until, until)
        return replace(self, rounds=max(self.rounds, 1), until=until, asked_until=until)

    def with_another_key(self, now: float) -> "Breaker":
        """Return the breaker once the account has another key: what the old one was told is over.

        That is also what reads that are under way with it will be told.
        """
        if self.open and not self.refused:
            return self
        return Breaker(0 if self.open else self.failures, until=now)

    @property
    def confirmed(self) -> bool:
        """Whether it is more than some bad jobs that happened to follow each other."""
        return self.refused or self.rounds > 1


CLOSED = Breaker()
