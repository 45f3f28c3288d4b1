"""The cost of watching an account's jobs, in reads a day, and how often running jobs are read."""

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

CONFIGURED, STATED = "configured", "stated"
"""Whose the limits of an account are, where they are not those of a documented type."""


class Workload(NamedTuple):
    """One account's watched jobs, how many of them run, and the scrape interval in seconds."""

    jobs: int
    running: int
    interval: float


class Cost(NamedTuple):
    """The cost of a workload, in reads a day.

    `wanted` counts the reads that running jobs would get without limits, and `finished` those that
    finished jobs would get. `allowed` counts the reads that the account's share allows. `every` is
    the number of seconds between two reads of a running job.
    """

    wanted: float
    finished: float
    allowed: float
    every: float

    @property
    def spent(self) -> float:
        """The reads a day that the exporter makes within the limits."""
        return min(self.allowed, self.wanted + self.finished)


class EndReads(NamedTuple):
    """Numbers of reads of a job after the read that first showed its end.

    `confirm` reads confirm a usual end, and `contradicted` reads one that contradicts itself. After
    `settle` more reads, the job is read only every `refresh.finished` seconds.
    """

    confirm: int
    contradicted: int
    settle: int


def end_reads(refresh: Refresh, interval: float) -> EndReads:
    """Return the reads that one end costs, for scrapes `interval` seconds apart."""
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
    """Return `seconds`, the time until a job is due, rounded up to whole scrape intervals."""
    return max(1, math.ceil(seconds / interval)) * interval


def cost_of(workload: Workload, refresh: Refresh, quota: Quota, limits: Limits) -> Cost:
    """Return the cost of a workload for an account with these limits.

    Jobs are read only at scrapes, so `refresh.active` is rounded up to whole scrape intervals. One
    scrape spends at most a minute's share of the minute's limit and an hour's share of the day's,
    however long ago the last scrape was.
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


class Stated(NamedTuple):
    """The limits that the API has stated of an account, in requests; None: not stated."""

    minute: int | None = None
    day: int | None = None


UNSTATED = Stated()


def limits_of(quota: Quota, stated: Stated = UNSTATED) -> Mapping[str, Limits]:
    """Return the limits that the account may have, by whose limit of the day it is.

    If the configuration sets the day's limit, or else the API has stated it, the only entry is
    `CONFIGURED` or `STATED`. Otherwise there is one for each documented type of account. The
    exporter believes no more than a live account's limits, so higher ones are those of `live`.
    """
    minute = quota.per_minute or (stated.minute and min(stated.minute, LIVE.minute))
    if quota.per_day is not None:
        return {CONFIGURED: Limits(minute or LIVE.minute, quota.per_day)}
    if stated.day:
        name = STATED if stated.day <= LIVE.day else "live"
        return {name: Limits(minute or LIVE.minute, min(stated.day, LIVE.day))}
    return {
        name: Limits(minute or limits.minute, limits.day) for name, limits in DOCUMENTED.items()
    }
