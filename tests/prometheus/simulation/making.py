"""Worlds made from a seed: the same seed makes the same world."""

from collections.abc import Iterator
from random import Random

from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE
from tests.prometheus.simulation.lives import LIVES
from tests.prometheus.simulation.troubles import TROUBLES, Times
from tests.prometheus.simulation.world import HOUR, MINUTE, SCRAPE, Account, Trouble, World

_LIMITS = {"live": LIVE, "sandbox": SANDBOX, "TestDrive": TESTDRIVE}


def make_world(seed: int, hours: float = 6.0) -> World:
    """Make a world that lasts so many hours."""
    chance = Random(seed)  # noqa: S311  nothing is kept secret with it
    ends = hours * HOUR
    midnight = chance.uniform(0.3, 0.9) * ends
    names = ("live", "second")[: chance.choice((1, 1, 2))]
    accounts = tuple(_account(name, ends, midnight, chance) for name in names)
    missed = frozenset(_missed(ends, chance))
    lost = frozenset(one for one in sorted(missed) if chance.random() < 1 / 2)
    return World(seed, ends, midnight, accounts, tuple(_away(ends, chance)), missed, lost)


def _missed(ends: float, chance: Random) -> Iterator[int]:
    for _ in range(chance.randint(2, 8)):
        first = chance.randrange(int(ends / SCRAPE))
        yield from range(first, first + chance.randint(1, 2))


def _away(ends: float, chance: Random) -> Iterator[tuple[float, float]]:
    """Yield restarts, and in half of the worlds one absence that is longer."""
    for _ in range(chance.randint(1, 4)):
        begin = chance.uniform(0, ends)
        yield begin, begin + chance.uniform(0, 3 * MINUTE)
    if chance.random() < 1 / 2:
        begin = chance.uniform(0, ends)
        yield begin, begin + chance.uniform(5, 80) * MINUTE


def _account(name: str, ends: float, midnight: float, chance: Random) -> Account:
    (kind,) = chance.choices(tuple(_LIMITS), (6, 2, 2))
    number = chance.choice((1, 1, 2)) if kind == "TestDrive" else chance.randint(2, 6)
    lives = chance.choices([life for life, _ in LIVES], [often for _, often in LIVES], k=number)
    jobs = tuple(life(job_id, ends, chance) for job_id, life in enumerate(lives, start=1))
    troubles = tuple(_troubles(ends, midnight, chance))
    return Account(name, kind, _LIMITS[kind], jobs, troubles)


def _troubles(ends: float, midnight: float, chance: Random) -> Iterator[Trouble]:
    kinds, often = [kind for kind, _ in TROUBLES], [often for _, often in TROUBLES]
    for kind in chance.choices(kinds, often, k=chance.randint(1, 4)):
        yield from kind(Times(chance.uniform(0, ends), midnight), chance)
