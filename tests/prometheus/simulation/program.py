"""The exporter over a simulated world: all of it is real but what reads a job and the clock.

A restart is a new exporter, which knows nothing. What it shows is text, as a scrape gets it.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from benchmarks import virtual_time
from benchmarks.quota_account import MIDNIGHT
from benchmarks.quota_exporter import DEADLINE, QUOTA, REFRESH, Unlogged
from exporter.config.sections import WatchedJob
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, write
from exporter.jobs.ledger import Ledger
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.collector import Collector
from exporter.scrape.refresh import AccountRefresher
from tests.prometheus.shipped import FILE
from tests.prometheus.simulation.api import Api, Request
from tests.prometheus.simulation.world import SCRAPE, Account, World

TAKES = 10.0
"""Seconds after its start at which a scrape is over for certain: the sample's time."""

_TEXT = FILE.read_text("utf-8")
_PATTERNS = re.findall(r'__name__=~"([^"]+)"', _TEXT)
ASKED = tuple(
    family
    for family in FAMILIES
    if re.search(rf"\b{family.name}\b", _TEXT)
    or any(re.fullmatch(pattern, family.name) for pattern in _PATTERNS)
)
"""The families that a rule asks for."""


class Series(NamedTuple):
    """A series: its family and its labels in order."""

    name: str
    labels: tuple[tuple[str, str], ...]


Shown = Mapping[Series, float]


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a world: what each scrape brought, None where it was missed, and each request.

    The sample of scrape k has the time k * SCRAPE. All times are seconds since the first sample.
    """

    world: World
    scrapes: tuple[Shown | None, ...]
    requests: tuple[Request, ...]


def watch(world: World) -> Run:
    """Watch a world from its beginning to its end."""
    return virtual_time.run(_watch(world))


async def _watch(world: World) -> Run:
    zero = MIDNIGHT - world.midnight

    def clock() -> Instant:
        seconds = asyncio.get_running_loop().time() - TAKES
        return Instant(seconds, zero + seconds)

    apis = {account.name: Api(account, clock) for account in world.accounts}
    chance = Random(world.seed)  # noqa: S311  nothing is kept secret with it
    running: Collector | None = None
    scrapes: list[Shown | None] = []
    for number in range(int(world.ends / SCRAPE)):
        at = number * SCRAPE - TAKES
        await asyncio.sleep(at - clock().monotonic)
        if world.is_away(at) or _restarted(world, at):
            running = None
        if world.is_away(at) or (number in world.missed and number not in world.lost):
            scrapes.append(None)
            continue
        running = running or _started(world.accounts, apis, clock, chance)
        await running.refresh(DEADLINE)
        text = write(ASKED, running.snapshot(), Format.TEXT).decode()
        scrapes.append(None if number in world.missed else _parse(text, zero))
    requests = (request for api in apis.values() for request in api.requests)
    return Run(world, tuple(scrapes), tuple(sorted(requests, key=lambda one: one.at)))


def _restarted(world: World, now: float) -> bool:
    """Tell whether the exporter was away since the last scrape."""
    return any(now - SCRAPE <= begin < now for begin, _ in world.away)


def _started(
    accounts: Iterable[Account],
    apis: Mapping[str, Api],
    clock: Callable[[], Instant],
    chance: Random,
) -> Collector:
    """Start an exporter of which nothing is known but its configuration."""
    refreshers = []
    for account in accounts:
        ledger = Ledger(
            account.name,
            [WatchedJob(id=job.id) for job in account.jobs],
            refresh=REFRESH,
            budget=make_budget(QUOTA),
            jitter=chance.random,
        )
        ledger.log = Unlogged(account.name, ledger.roster.watched)
        read = apis[account.name].read
        refreshers.append(
            AccountRefresher(ledger, read, concurrency=REFRESH.concurrency, clock=clock)
        )
    return Collector(refreshers, clock, DEADLINE)


def _parse(text: str, zero: float) -> Shown:
    """Return the series of an exposition, with each time counted from `zero`."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {
        series: round(value - zero, 3) if series.name.endswith("_timestamp_seconds") else value
        for series, value in map(_parsed, lines)
    }


@cache
def _parsed(line: str) -> tuple[Series, float]:
    """Return the series of one line. Lines are mostly those of the scrape before."""
    (family,) = text_string_to_metric_families(line + "\n")
    (sample,) = family.samples
    return Series(sample.name, tuple(sorted(sample.labels.items()))), sample.value
