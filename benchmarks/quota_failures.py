"""Failures in the simulation: a refused key, an API that hangs, and a cold start."""

import asyncio
import math
from dataclasses import dataclass

from benchmarks.quota_account import Account, Api
from benchmarks.quota_case import Case
from benchmarks.quota_exporter import QUOTA, REFRESH, START, Exporter, WarmLedger, clock
from benchmarks.quota_statistics import busiest
from benchmarks.virtual_time import run
from exporter.model.attempt import Answer
from exporter.model.duration import DAY, HOUR, MINUTE
from exporter.model.failures import Failure, ReadTimeout, Unauthorized
from exporter.model.instant import Instant

OF_1000 = Case("live", watched=1_000, running=1_000, servers=2, interval=15.0, customer=False)
"""The case that sends most requests: 1,000 running jobs and two servers."""

HANGS = HOUR / 2


@dataclass(frozen=True, slots=True)
class Hang:
    """The requests and scrapes while the API hangs.

    `first_minute` counts the requests of its first minute, `busiest_minute` the most in any 60 s
    after that. `recovery` is the seconds from the API's recovery until each job has been read.
    """

    first_minute: int
    busiest_minute: int
    longest_scrape: float
    recovery: float


def wrong_key(case: Case = OF_1000) -> int:
    """Return the number of requests in the first minute with a key that the API refuses."""

    async def read(_job_id: int) -> Answer | Failure:
        await asyncio.sleep(0.1)
        message = "the API refused the key (401)"
        return Unauthorized(message, 401)

    async def story() -> int:
        exporter = Exporter(WarmLedger(case.watched, {}, QUOTA), read)
        await exporter.serve(case.servers, case.interval, done=lambda now: now >= MINUTE)
        return sum(at < MINUTE for at in exporter.sent)

    return run(story())


class HangingApi(Api):
    """An API that answers no request sent between `hangs` and `recovers` (the loop's seconds)."""

    hangs = 0.0
    recovers = 0.0

    async def read(self, job_id: int) -> Answer | Failure:
        """Answer, or time out."""
        if self.hangs <= clock().monotonic < self.recovers:
            await asyncio.sleep(REFRESH.timeout)
            message = "the API did not answer in time"
            return ReadTimeout(message)
        return await super().read(job_id)


def hang(after: float, case: Case = OF_1000) -> Hang:
    """Let the API hang for half an hour, `after` seconds in which it answered."""
    return run(_hang(after, case))


async def _hang(after: float, case: Case) -> Hang:
    account = Account(case.limits, START, customer=case.customer)
    api = HangingApi(account, frozenset(case.running_jobs), clock)
    api.hangs, api.recovers = after, after + HANGS
    exporter = Exporter(WarmLedger(case.watched, {}, QUOTA), api.read)
    recovered = await _until_all_read(exporter, case, api.recovers, api.recovers + HOUR)
    hanging = [at for at in exporter.sent if api.hangs <= at < api.recovers]
    later = [at for at in hanging if at >= api.hangs + MINUTE]
    return Hang(
        first_minute=len(hanging) - len(later),
        busiest_minute=busiest(later, MINUTE),
        longest_scrape=exporter.longest,
        recovery=recovered - api.recovers,
    )


async def _until_all_read(
    exporter: Exporter, case: Case, since: float, at_most: float = math.inf
) -> float:
    """Scrape until every job was read after `since`; return that time, or infinity if never."""
    unread = set(range(1, case.watched + 1))
    ended = math.inf

    def see(now: Instant) -> None:
        nonlocal ended
        for job_id in exporter.ledger.read_since():
            read_at = exporter.ledger.readings[job_id].read_at
            if read_at is not None and read_at.monotonic >= since:
                unread.discard(job_id)
        ended = ended if unread else min(ended, now.monotonic)

    def done(now: float) -> bool:
        return not unread or now >= at_most

    await exporter.serve(case.servers, case.interval, done=done, seen=see)
    return ended


def cold_start(case: Case) -> float:
    """Return the seconds until a new exporter has read each job once.

    The figure is computed, not simulated, if it is more than a day.
    """
    if case.watched / case.rate > DAY:
        return case.watched / case.rate
    return run(_cold_start(case))


async def _cold_start(case: Case) -> float:
    account = Account(case.limits, START, customer=case.customer)
    api = Api(account, frozenset(case.running_jobs), clock)
    exporter = Exporter(WarmLedger(case.watched, {}, QUOTA), api.read)
    return await _until_all_read(exporter, case, 0.0)
