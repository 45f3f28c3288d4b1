"""The demo: a simulated API with a lively mix of jobs, and the configuration that watches them."""

import math
import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exporter.api.rate_limit_headers import MOST_TIMES_LIVE
from exporter.config.api_key import Secret
from exporter.config.job_files import JobFiles
from exporter.config.load import parse
from exporter.config.loaded import Key, LoadedConfig
from exporter.simulator import LIVE, Ending, Limits, SimulatedJob, Simulator

_FIRST_ID = 2_607_617
_LATENCY = 0.05
_JOBS_OF_A_LIVE_ACCOUNT = 20
"""So many jobs can be watched in one all day; the simulated limits grow with more, up to
`MOST_TIMES_LIVE`.
"""
_TYPES = (
    "SubscriptionProductBulkPriceChange",
    "SubscriptionProductBulkQuantityChange",
    "CustomerBulkStatusChange",
)
_NAMES = ("price-push", "seat-true-up", "plan-migration", "churn-clean-up", "tax-update")
_TEAMS = ("billing", "pricing", "support")
_HOUR = 3600.0


@dataclass(frozen=True)
class _Kind:
    """A way for a job to go. `starts` and `runs` are ranges, in hours from now and of length."""

    starts: tuple[float, float]
    runs: tuple[float, float]
    failing: float = 0.0
    ending: Ending = Ending.FINISHES


_KINDS = (
    _Kind(starts=(-0.5, 0.0), runs=(0.6, 3.0)),
    _Kind(starts=(-4.0, -1.0), runs=(0.1, 0.8)),
    _Kind(starts=(-0.3, 0.0), runs=(0.4, 1.5), failing=0.08),
    _Kind(starts=(0.05, 6.0), runs=(0.2, 2.0)),
    _Kind(starts=(-3.0, -1.0), runs=(0.2, 0.7), failing=0.15),
    _Kind(starts=(-0.2, 0.0), runs=(0.3, 0.6), ending=Ending.FAILS),
    _Kind(starts=(-0.4, -0.1), runs=(0.5, 1.0), ending=Ending.STALLS),
    _Kind(starts=(-0.1, 1.0), runs=(0.1, 0.4)),
    _Kind(starts=(-2.0, -1.0), runs=(0.3, 0.9), ending=Ending.FAILS),
    _Kind(starts=(-0.1, 0.2), runs=(0.2, 0.4), ending=Ending.VANISHES),
)
"""In turn, so that even a few jobs are a mix: at work, done, partly failed, waiting, and so on."""


@dataclass(frozen=True)
class _DemoKey:
    """The key source of the demo: a key that opens nothing but its own simulator."""

    key: Secret

    def read(self) -> Secret:
        return self.key


@dataclass(frozen=True)
class Demo:
    """A simulator that is ready to start, and what watches it."""

    simulator: Simulator
    loaded: LoadedConfig


def make_demo(jobs: int, seed: int, speed: float) -> Demo:
    """Return a demo of so many jobs. The same seed gives the same mix.

    `speed` is how much faster than real time the jobs run. Times of the API stay real ones.
    """
    key = secrets.token_urlsafe(32)
    share = min(math.ceil(jobs / _JOBS_OF_A_LIVE_ACCOUNT), MOST_TIMES_LIVE)
    limits = Limits(LIVE.minute * share, LIVE.day * share)
    population = list(_population(jobs, random.Random(seed), speed))  # noqa: S311  no secret
    simulator = Simulator(population, api_key=key, limits=limits, latency=_LATENCY)
    names = {job.id: _NAMES[index % len(_NAMES)] for index, job in enumerate(population)}
    watched = [
        {
            "id": job.id,
            "name": f"{names[job.id]}-{job.id % 100:02}",
            "labels": {"team": _TEAMS[job.id % len(_TEAMS)]},
        }
        for job in population
    ]
    quota = {"per_minute": limits.minute, "per_day": limits.day}
    account = {"name": "demo", "base_url": simulator.base_url, "jobs": watched, "quota": quota}
    values = {"accounts": [account]}
    source = _DemoKey(Secret(key))
    keys = {"demo": Key(source, source.key)}
    return Demo(simulator, LoadedConfig(parse(values, Path("demo")), keys, JobFiles()))


def _population(jobs: int, chance: random.Random, speed: float) -> Iterator[SimulatedJob]:
    now = time.time()
    for index in range(jobs):
        kind = _KINDS[index % len(_KINDS)]
        starts = now + chance.uniform(*kind.starts) * _HOUR / speed
        created = min(starts, now) - chance.uniform(20.0, 300.0) / speed
        yield SimulatedJob(
            id=_FIRST_ID + index,
            type=_TYPES[chance.randrange(len(_TYPES))],
            total=round(10 ** chance.uniform(1.3, 4.0)),
            created=created,
            waits=starts - created,
            runs=chance.uniform(*kind.runs) * _HOUR / speed,
            failing=kind.failing,
            ending=kind.ending,
            ends_at=chance.uniform(0.3, 0.8),
        )
