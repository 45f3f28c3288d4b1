"""Troubles made at random: how an API does not serve an account, for how long."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from tests.prometheus.simulation.world import MINUTE, Trouble


class Times(NamedTuple):
    """When a trouble begins, and when the API's day ends, in seconds."""

    begin: float
    midnight: float


_FAILURES = ("refused", "timeout", "500", "502", "maintenance")


def outage(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield an outage, in one of three after a brief refusal of the key."""
    begin = at.begin
    if chance.random() < 1 / 3:
        yield Trouble("key", "401", begin, begin + 2 * MINUTE)
        begin += chance.uniform(3, 10) * MINUTE
    yield Trouble("unreachable", chance.choice(_FAILURES), begin, begin + _lasts(chance))


def brownout(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield a span in which a share of the requests fails."""
    share, lasts = chance.choice((0.3, 0.5, 0.8, 0.9)), chance.uniform(20, 200) * MINUTE
    how = chance.choice(("500", "timeout"))
    yield Trouble("unreachable", how, at.begin, at.begin + lasts, share)


def flapping(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield an API that is down for 8 minutes and up for one, again and again, or the like."""
    how = chance.choice(_FAILURES)
    down, up = chance.choice((2, 4, 8, 8)) * MINUTE, chance.choice((0.5, 1, 3)) * MINUTE
    for turn in range(chance.randint(4, 20)):
        begin = at.begin + turn * (down + up)
        yield Trouble("unreachable", how, begin, begin + down)


def refused_key(at: Times, chance: Random) -> Iterator[Trouble]:
    yield Trouble("key", chance.choice(("401", "403")), at.begin, at.begin + _lasts(chance))


def busy_minutes(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield minutes that others have spent: 429, until the next minute or for Retry-After."""
    how = chance.choice(("429 minute", "429 retry-after"))
    yield Trouble("rate_limited", how, at.begin, at.begin + chance.uniform(1, 40) * MINUTE)


def spent_day(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield a day of which others have spent all: 429 until it ends."""
    begin = min(at.begin, at.midnight - chance.uniform(5, 60) * MINUTE)
    yield Trouble("rate_limited", "429 day", begin, at.midnight)


def reserve(at: Times, chance: Random) -> Iterator[Trouble]:
    """Yield a day of which no more than the reserve is left."""
    begin = min(at.begin, at.midnight - chance.uniform(5, 60) * MINUTE)
    yield Trouble("reserve", "reserve", begin, at.midnight)


TROUBLES: tuple[tuple[Callable[[Times, Random], Iterator[Trouble]], int], ...] = (
    (outage, 4),
    (brownout, 2),
    (flapping, 2),
    (refused_key, 2),
    (busy_minutes, 2),
    (spent_day, 1),
    (reserve, 2),
)
"""What makes each kind of trouble, and how often there is one."""


def _lasts(chance: Random) -> float:
    """Return the seconds of a trouble: some are over soon, some last."""
    return chance.choice((chance.uniform(1, 10), chance.uniform(10, 90), 120.0)) * MINUTE
