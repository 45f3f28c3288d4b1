"""The command `demo`: run the exporter with a simulated API and a lively mix of jobs."""

import math
import random
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from exporter.api.rate_limit_headers import MOST_TIMES_LIVE
from exporter.cli.flags import web_and_log
from exporter.cli.serve import run_exporter
from exporter.config.api_key import Secret
from exporter.config.job_files import JobFiles
from exporter.config.load import parse
from exporter.config.loaded import Key, LoadedConfig
from exporter.model.duration import HOUR
from exporter.simulator import LIVE, Ending, Limits, SimulatedJob, Simulator

_FIRST_ID = 2_607_617
_LATENCY = 0.05
_JOBS_OF_A_LIVE_ACCOUNT = 20
"""Jobs that the exporter can watch all day within a live account's limits. With more jobs, the
demo's limits grow in proportion, up to `MOST_TIMES_LIVE` times a live account's."""

_TYPES = (
    "SubscriptionProductBulkPriceChange",
    "SubscriptionProductBulkQuantityChange",
    "CustomerBulkStatusChange",
)
_NAMES = ("price-push", "seat-true-up", "plan-migration", "churn-clean-up", "tax-update")
_TEAMS = ("billing", "pricing", "support")


def _finite(_ctx: click.Context, _param: click.Parameter, value: float) -> float:
    """Refuse NaN, because click accepts NaN in every range."""
    if not math.isfinite(value):
        message = "expected a number"
        raise click.BadParameter(message)
    return value


@click.command("demo")
@click.option("--jobs", type=click.IntRange(1, 10_000), default=24, show_default=True, help="Jobs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which mix of jobs.")
@click.option(
    "--speed",
    type=click.FloatRange(0.001, 100_000),
    default=1.0,
    show_default=True,
    callback=_finite,
    help="How much faster than real time the jobs run.",
)
@web_and_log
def command(jobs: int, seed: int, speed: float, **options: Any) -> None:
    """Serve over a simulated Stax Bill API: no account, no configuration."""
    demo = make_demo(jobs, seed, speed)
    run_exporter(lambda _: demo.loaded, beside=demo.simulator, **options)


@dataclass(frozen=True)
class _Kind:
    """One course that a job can take.

    `starts` is the range of the start, in hours from now, and `runs` the range of the duration in
    hours. `failing` is the share of the job's items that fail.
    """

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
"""Jobs take these in turn, so that even a few are a mix of all."""


@dataclass(frozen=True)
class _DemoKey:
    """The demo's key source. Only the demo's simulator accepts the key."""

    key: Secret

    def read(self) -> Secret:
        return self.key


@dataclass(frozen=True)
class Demo:
    """A simulator that is not started yet, and the configuration that watches all its jobs."""

    simulator: Simulator
    loaded: LoadedConfig


def make_demo(jobs: int, seed: int, speed: float) -> Demo:
    """Return a demo of `jobs` jobs. The same seed gives the same mix.

    `speed` is how much faster than real time the jobs run; the times in the API's answers are real.
    """
    key = b64encode(secrets.token_bytes(24)).decode("ascii")
    share = min(math.ceil(jobs / _JOBS_OF_A_LIVE_ACCOUNT), MOST_TIMES_LIVE)
    limits = Limits(LIVE.minute * share, LIVE.day * share)
    population = list(_population(jobs, random.Random(seed), speed))  # noqa: S311  no secret
    simulator = Simulator(population, api_key=key, limits=limits, latency=_LATENCY)
    watched = [
        {
            "id": job.id,
            "name": f"{_NAMES[index % len(_NAMES)]}-{job.id % 100:02}",
            "labels": {"team": _TEAMS[job.id % len(_TEAMS)]},
        }
        for index, job in enumerate(population)
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
        starts = now + chance.uniform(*kind.starts) * HOUR / speed
        created = min(starts, now) - chance.uniform(20.0, 300.0) / speed
        yield SimulatedJob(
            id=_FIRST_ID + index,
            type=_TYPES[chance.randrange(len(_TYPES))],
            total=round(10 ** chance.uniform(1.3, 4.0)),
            created=created,
            waits=starts - created,
            runs=chance.uniform(*kind.runs) * HOUR / speed,
            failing=kind.failing,
            ending=kind.ending,
            ends_at=chance.uniform(0.3, 0.8),
        )
