"""What a watch would cost an account, and how fresh its running jobs can be. Pure arithmetic."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from exporter.config.sections import Quota, Refresh
from exporter.jobs.end_confirmation import RARER, SLACK, End, patience, wait
from exporter.model.duration import DAY, MINUTE
from exporter.model.rate_limit import (
    DOCUMENTED,
    LIVE,
    Limits,
)

_HOURS = 24


class Workload(NamedTuple):
    """What is watched in one account: jobs, of which so many run, scraped every so many seconds."""

    jobs: int
    running: int
    interval: float


class Cost(NamedTuple):
    """Reads a day that running jobs want, that finished ones want besides, and that are allowed.

    `every` is how many seconds there are between two reads of a running job.
    """

    wanted: float
    finished: float
    allowed: float
    every: float

    @property
    def spent(self) -> float:
        """The reads a day that are made."""
        return min(self.allowed, self.wanted + self.finished)


class EndReads(NamedTuple):
    """Reads of a job after the one that showed its end.

    `confirm` is how many until the end is confirmed, `contradicted` the same for one that
    contradicts itself, and `settle` how many follow until it is as rare as `refresh.finished`.
    """

    confirm: int
    contradicted: int
    settle: int


def end_reads(refresh: Refresh, interval: float) -> EndReads:
    """Return what an end costs at scrapes that are `interval` seconds apart."""
    active = _whole_scrapes(refresh.active * (1 - SLACK), interval)
    confirm, contradicted = (
        math.ceil(patience(refresh.active, contradicted=one) / active) for one in (False, True)
    )
    settle, stood = 0, confirm * active
    while refresh.finished and RARER * stood < refresh.finished:
        end = End(ended_at=0.0, confirmed=True)
        stood += _whole_scrapes(wait(end, stood, refresh), interval)
        settle += 1
    return EndReads(confirm, contradicted, settle)


def _whole_scrapes(seconds: float, interval: float) -> float:
    """Return the seconds from a read to the scrape that makes the next one, due after `seconds`."""
    return max(1, math.ceil(seconds / interval)) * interval


def cost_of(workload: Workload, refresh: Refresh, quota: Quota, limits: Limits) -> Cost:
    """Return the plan for an account with these limits.

    Jobs are read at scrapes, so `refresh.active` is rounded up to whole ones, and a scrape spends
    no more than a minute's share, nor than an hour's, however long it was since the last one.
    """
    active = _whole_scrapes(refresh.active * (1 - SLACK), workload.interval)
    wanted = workload.running * DAY / active
    ended = workload.jobs - workload.running
    finished = 0.0
    if refresh.finished:
        finished = ended * DAY / _whole_scrapes(refresh.finished, workload.interval)
    minute = max(1, math.floor(quota.share * limits.minute))
    hour = max(1.0, quota.share * limits.day / _HOURS)
    allowed = min(
        quota.share * limits.day,
        minute * DAY / max(MINUTE, workload.interval),
        hour * DAY / max(DAY / _HOURS, workload.interval),
    )
    every = max(active, workload.running * DAY / allowed)
    return Cost(wanted, finished, allowed, every)


def limits_of(quota: Quota) -> Mapping[str, Limits]:
    """Return the limits that an account may have, by the type of the account.

    Where the configuration says how many a day there are, these are the only ones.
    """
    if quota.per_day is not None:
        return {"configured": Limits(quota.per_minute or LIVE.minute, quota.per_day)}
    return {
        name: Limits(quota.per_minute or limits.minute, limits.day)
        for name, limits in DOCUMENTED.items()
    }
