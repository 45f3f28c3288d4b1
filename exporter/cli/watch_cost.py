"""The reads that watching an account's jobs costs a day, and how fresh running jobs can be."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from exporter.config.sections import Quota, Refresh
from exporter.jobs.end_confirmation import (
    REREAD_AFTER,
    SLACK,
    End,
    time_to_confirm,
    time_to_next_read,
)
from exporter.model.duration import DAY, HOUR, MINUTE
from exporter.model.rate_limit import DOCUMENTED, LIVE, Limits


class Workload(NamedTuple):
    """One account's watched jobs, how many of them run, and the scrape interval in seconds."""

    jobs: int
    running: int
    interval: float


class Cost(NamedTuple):
    """What a workload costs, in reads a day.

    `wanted` are the reads that running jobs would get without limits, `finished` those that
    finished jobs would get, `allowed` the reads that the account's share allows. `every` is the
    number of seconds between two reads of a running job.
    """

    wanted: float
    finished: float
    allowed: float
    every: float

    @property
    def spent(self) -> float:
        """The reads that are really made."""
        return min(self.allowed, self.wanted + self.finished)


class EndReads(NamedTuple):
    """Reads of a job after the read that first showed its end.

    `confirm` reads confirm the end, `contradicted` reads one that contradicts itself. After
    `settle` more reads the job is read no more often than `refresh.finished` says.
    """

    confirm: int
    contradicted: int
    settle: int


def end_reads(refresh: Refresh, interval: float) -> EndReads:
    """Return the reads that one end costs with scrapes `interval` seconds apart."""
    active = _whole_scrapes(refresh.active * (1 - SLACK), interval)
    confirm, contradicted = (
        math.ceil(time_to_confirm(refresh.active, contradicted=one) / active)
        for one in (False, True)
    )
    settle, stood = 0, confirm * active
    while refresh.finished and REREAD_AFTER * stood < refresh.finished:
        end = End(ended_at=0.0, confirmed=True)
        stood += _whole_scrapes(time_to_next_read(end, stood, refresh), interval)
        settle += 1
    return EndReads(confirm, contradicted, settle)


def _whole_scrapes(seconds: float, interval: float) -> float:
    """Return `seconds`, after which a job is due, rounded up to whole scrape intervals."""
    return max(1, math.ceil(seconds / interval)) * interval


def cost_of(workload: Workload, refresh: Refresh, quota: Quota, limits: Limits) -> Cost:
    """Return what the workload costs an account with these limits.

    Jobs are read only at scrapes, so `refresh.active` is rounded up to whole scrape intervals. One
    scrape spends at most a minute's share and at most an hour's, however long ago the last was.
    """
    active = _whole_scrapes(refresh.active * (1 - SLACK), workload.interval)
    wanted = workload.running * DAY / active
    ended = workload.jobs - workload.running
    finished = 0.0
    if refresh.finished:
        finished = ended * DAY / _whole_scrapes(refresh.finished, workload.interval)
    minute = max(1, math.floor(quota.share * limits.minute))
    hour = max(1.0, quota.share * limits.day * HOUR / DAY)
    allowed = min(
        quota.share * limits.day,
        minute * DAY / max(MINUTE, workload.interval),
        hour * DAY / max(HOUR, workload.interval),
    )
    every = max(active, workload.running * DAY / allowed)
    return Cost(wanted, finished, allowed, every)


def limits_of(quota: Quota) -> Mapping[str, Limits]:
    """Return the limits that the account may have, by account type.

    If the configuration sets the limit of a day, the only entry is `configured`.
    """
    if quota.per_day is not None:
        return {"configured": Limits(quota.per_minute or LIVE.minute, quota.per_day)}
    return {
        name: Limits(quota.per_minute or limits.minute, limits.day)
        for name, limits in DOCUMENTED.items()
    }
