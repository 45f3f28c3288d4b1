"""What is true in a simulated world: jobs, what the API says of them, and when it does not answer.

All times are seconds of the virtual loop, which begins at 0; a job may have been created before.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exporter.simulator.limits import Limits

SCRAPE = 30.0
"""Seconds between two scrapes."""

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0

Document = Mapping[str, Any]
"""What the API says of a job, its id apart; times are seconds as all others."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the API says of a job from `since` on, and the state that this is."""

    since: float
    state: str
    document: Document


@dataclass(frozen=True, slots=True)
class JobLife:
    """A job from the first step to the last; it answers `error` (a status) in `error_span`."""

    id: int
    kind: str
    steps: tuple[Step, ...]
    error: int | None = None
    error_span: tuple[float, float] = (0.0, 0.0)

    def at(self, now: float) -> Step:
        """Return the step that holds at a moment."""
        return self.steps[max(0, bisect_right(self.steps, now, key=lambda step: step.since) - 1)]

    def fails(self, now: float) -> int | None:
        """Return the status with which the API answers for this job alone, None where it does."""
        begin, end = self.error_span
        return self.error if begin <= now < end else None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A span in which the API does not serve an account.

    `cause` is one of the exporter's, `how` in which way; a `share` of the requests meets it.
    """

    cause: str
    how: str
    begin: float
    end: float
    share: float = 1.0

    def holds(self, now: float) -> bool:
        """Tell whether it is there at a moment."""
        return self.begin <= now < self.end


@dataclass(frozen=True, slots=True)
class Account:
    """An account with its jobs, and the troubles of its API."""

    name: str
    kind: str
    limits: Limits
    jobs: tuple[JobLife, ...]
    troubles: tuple[Trouble, ...]

    def trouble(self, now: float) -> Trouble | None:
        """Return the trouble that a request meets at a moment, the first where there are several.

        One that only lowers what is left of the quota is met by no request.
        """
        return next((one for one in self.troubles if one.how != "reserve" and one.holds(now)), None)

    def causes(self, begin: float, end: float) -> frozenset[str]:
        """Return the causes of all troubles in a span."""
        return frozenset(one.cause for one in self.troubles if one.begin <= end and begin < one.end)


@dataclass(frozen=True, slots=True)
class World:
    """Accounts, when the exporter is away (begin, end), and which scrapes are missed.

    Of the missed scrapes, those in `lost` reach the exporter, and only their answers are lost.
    `midnight` is when the API's day ends.
    """

    seed: int
    ends: float
    midnight: float
    accounts: tuple[Account, ...]
    away: tuple[tuple[float, float], ...] = ()
    missed: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()

    def is_away(self, now: float) -> bool:
        """Tell whether the exporter is not running."""
        return any(begin <= now < end for begin, end in self.away)
