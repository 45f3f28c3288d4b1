"""The demo's world: its accounts, each with a simulated API, and the configuration that watches."""

import asyncio
import math
import random
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from exporter.api.rate_limit_headers import MOST_TIMES_LIVE
from exporter.cli.demo_clock import DemoClock
from exporter.cli.demo_mix import VARIED, lively_jobs
from exporter.cli.demo_troubles import (
    LONG_AGO,
    READ_LONG_AGO,
    TROUBLED_ACCOUNTS,
    TROUBLED_JOBS,
    job_of_account,
    spoil,
    troubled_jobs,
)
from exporter.config.api_key import Secret
from exporter.config.job_files import JobFiles
from exporter.config.load import parse
from exporter.config.loaded import Key, LoadedConfig
from exporter.scrape.collector import Collector
from exporter.simulator import LIVE, Limits, SimulatedJob, Simulator

MAIN = "demo"
"""The account with most of the jobs. Its API is up."""

LEAST_TROUBLED = len(TROUBLED_ACCOUNTS) + TROUBLED_JOBS + VARIED
"""Fewer jobs than this are a lively mix in one account, without troubles."""

_FIRST_ID = 2_607_617
_LATENCY = 0.05
_JOBS_OF_A_LIVE_ACCOUNT = 20
"""Jobs that the exporter can watch all day within a live account's limits. With more jobs, the
demo's limits grow in proportion, up to `MOST_TIMES_LIVE` times a live account's."""

_FIRST_LOOK = 0.9
"""Seconds for the reads before the demo serves. Of many jobs, scrapes read the others."""

_ONE_READ = 10.0
"""Most seconds for a read of long ago, which takes milliseconds unless the machine hangs."""

_TEAMS = ("billing", "pricing", "support")


@dataclass(frozen=True)
class _DemoKey:
    """The demo's key source. Only the demo's simulators accept the key."""

    key: Secret

    def read(self) -> Secret:
        return self.key


class _Account(NamedTuple):
    """An account, its API, and its jobs, each after its name."""

    name: str
    simulator: Simulator
    jobs: Sequence[tuple[str, SimulatedJob]]
    quota: Mapping[str, float]

    def values(self) -> dict[str, object]:
        """Return what the configuration says of the account."""
        watched = [
            {"id": job.id, "name": name, "labels": {"team": _TEAMS[job.id % len(_TEAMS)]}}
            for name, job in self.jobs
        ]
        url = self.simulator.base_url
        return {"name": self.name, "base_url": url, "jobs": watched, "quota": dict(self.quota)}


@dataclass(frozen=True)
class Demo:
    """The APIs, which are not started yet, and the configuration that watches all their jobs.

    `simulators` are by account. `troubled` are the jobs of MAIN with a trouble, by their names.
    """

    clock: DemoClock
    simulators: Mapping[str, Simulator]
    loaded: LoadedConfig
    troubled: Mapping[str, SimulatedJob]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the APIs during the block."""
        with ExitStack() as stack:
            for simulator in self.simulators.values():
                stack.enter_context(simulator)
            yield

    async def live_through(self, collector: Collector, seconds: float = _FIRST_LOOK) -> None:
        """Read some jobs as if it were long ago; then read all for at most `seconds`.

        So the first scrape already shows troubles that take time to be seen. Call it once.
        """
        if self.troubled:
            self.clock.back = LONG_AGO
            await self._read_those_of_long_ago(collector)
            self.clock.back = 0.0
            spoil(self.simulators[MAIN], self.troubled)
            await self._read_those_of_long_ago(collector)
        await collector.refresh_for_page(seconds)
        for simulator in self.simulators.values():
            simulator.latency = _LATENCY

    async def _read_those_of_long_ago(self, collector: Collector) -> None:
        ids = [self.troubled[name].id for name in READ_LONG_AGO]
        await asyncio.gather(*(collector.probe(MAIN, job_id, _ONE_READ) for job_id in ids))


def make_demo(jobs: int, seed: int, speed: float) -> Demo:
    """Return a demo of `jobs` jobs in all. The same seed gives the same mix.

    `speed` is how much faster than real time the jobs of the mix run; the times in the APIs'
    answers are real.
    """
    clock = DemoClock()
    now = clock.unix()
    key = b64encode(secrets.token_bytes(24)).decode("ascii")
    make = partial(Simulator, api_key=key, clock=clock.unix)
    ids = range(_FIRST_ID, _FIRST_ID + jobs)
    first, beside = (TROUBLED_JOBS, len(TROUBLED_ACCOUNTS)) if jobs >= LEAST_TROUBLED else (0, 0)
    troubled = troubled_jobs(ids[:first], now) if first else {}
    mix = lively_jobs(ids[first : jobs - beside], random.Random(seed), speed, now)  # noqa: S311
    accounts = [_main_account([*troubled.items(), *mix], make)]
    for name, job_id in zip(TROUBLED_ACCOUNTS, ids[jobs - beside :], strict=False):
        accounts.append(_troubled_account(name, job_of_account(job_id, now), make))
    simulators = {account.name: account.simulator for account in accounts}
    return Demo(clock, simulators, _watching(accounts, Secret(key)), troubled)


def _watching(accounts: Sequence[_Account], key: Secret) -> LoadedConfig:
    """Return the configuration that watches all jobs of the accounts."""
    values = {"accounts": [account.values() for account in accounts]}
    source = _DemoKey(key)
    keys = {account.name: Key(source, key) for account in accounts}
    return LoadedConfig(parse(values, Path("demo")), keys, JobFiles())


def _main_account(
    jobs: Sequence[tuple[str, SimulatedJob]], make: Callable[..., Simulator]
) -> _Account:
    """Return the account of the mix, with limits that allow to watch all its jobs."""
    share = min(math.ceil(len(jobs) / _JOBS_OF_A_LIVE_ACCOUNT), MOST_TIMES_LIVE)
    limits = Limits(LIVE.minute * share, LIVE.day * share)
    quota = {"per_minute": limits.minute, "per_day": limits.day}
    return _Account(MAIN, make((job for _, job in jobs), limits=limits), jobs, quota)


def _troubled_account(name: str, job: SimulatedJob, make: Callable[..., Simulator]) -> _Account:
    trouble = TROUBLED_ACCOUNTS[name]
    simulator = make([job], limits=trouble.limits, others=trouble.others)
    simulator.fail(trouble.fault)
    return _Account(name, simulator, [(f"job-of-{name}", job)], {"share": trouble.share})
