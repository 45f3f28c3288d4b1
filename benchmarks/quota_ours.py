"""A day of the exporter in one case.

It begins as one that has been running, as far as readings go: finished jobs are due again at some
time of the day, running ones were read in turn at the best possible rate (a TestDrive account needs
eight days for one round of 1,000 jobs, so warming up would take longer than the day). Its budget
begins full and knows no limits, as after a restart. That is the harder way to stay under the share,
with an hour's worth of requests saved up; and as the day gives these back out of its rate, a round
of all running jobs takes 4 % longer than later on. Only where a round takes longer than the day are
the values younger for it, by at most an hour's worth.

What is seen at the end of each scrape is what /metrics would show, as old as it would say. Values
older than `refresh.stale_after` are withheld there, while the time of their reading is shown; they
count as what they are. A running job's reads do not hang on what it says, so a job that fails is
not simulated as such: it would be seen failed at the first scrape that ends with a reading that the
API answered after the job failed. Each running job fails at several moments of the day. When the
day ends, the run goes on until all of them are seen, for at most twice the best possible time.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.quota_account import DAY, FINISHED, MINUTE, RUNNING, Account, Api
from benchmarks.quota_case import Case
from benchmarks.quota_exporter import (
    QUOTA,
    REFRESH,
    START,
    Exporter,
    WarmLedger,
    clock,
    seeded,
)
from benchmarks.quota_statistics import busiest, percentile
from benchmarks.virtual_time import run
from exporter.config.sections import Quota
from exporter.jobs.end_confirmation import End
from exporter.jobs.reading import Reading
from exporter.model.instant import Instant


@dataclass(frozen=True, slots=True)
class Ours:
    """What a day brought. Seconds, and the greatest shares of a limit, in any stretch of time.

    `refused` is how many requests were answered 429, `refused_to_customer` how many of the
    customer's. A stretch is any 60 seconds or 24 hours, so the API's own windows are among them; it
    is counted both by when requests were sent and by when they came.
    """

    requests: int
    refused: int
    refused_to_customer: int
    minute_share: float
    day_share: float
    age_median: float
    age_p99: float
    sight_p99: float
    longest_scrape: float


class Failures:
    """The moments at which jobs fail, and how long it takes until each is seen."""

    def __init__(self, jobs: Iterable[int], each: int, seconds: float) -> None:
        source = seeded(each)
        self._moments = {
            job_id: sorted(source.uniform(0.0, seconds) for _ in range(each)) for job_id in jobs
        }
        self.delays: list[float] = []
        self.left = sum(map(len, self._moments.values()))

    def seen(self, job_id: int, answered: float, now: float) -> None:
        """Note that a scrape that ended now shows what the API answered then."""
        moments = self._moments.get(job_id, [])
        past = bisect_right(moments, answered)
        self.delays += [now - moment for moment in moments[:past]]
        self.left -= past
        del moments[:past]

    def all_delays(self) -> list[float]:
        """Return the seconds in order; infinity for what was never seen."""
        return sorted(self.delays) + [math.inf] * self.left


class Eyes:
    """What the scrapes of a case show: how old running jobs' values are, and which have failed."""

    def __init__(self, case: Case, ledger: WarmLedger, seconds: float) -> None:
        each = max(10, 1_000 // case.running)
        self.failures = Failures(case.running_jobs, each, seconds)
        self.ages: list[float] = []
        self._case = case
        self._ledger = ledger
        self._seconds = seconds
        self._scrapes = 0

    def see(self, now: Instant) -> None:
        """Look at what a scrape that ended now shows."""
        readings = self._ledger.readings
        for job_id in self._ledger.read_since():
            job = readings[job_id].job
            if job is not None and job.created is not None:
                self.failures.seen(job_id, job.created - START, now.monotonic)
        if now.monotonic < self._seconds and self._scrapes % self._case.stride == 0:
            self.ages += (
                now.monotonic - read_at.monotonic
                for job_id in self._case.running_jobs
                if (read_at := readings[job_id].read_at) is not None
            )
        self._scrapes += 1


def warm(case: Case) -> dict[int, Reading]:
    """Return the readings of an exporter that has been running at the best possible rate."""
    running = frozenset(case.running_jobs)
    readings = {
        job_id: _read(-case.best_age * place / case.running, running=True)
        for place, job_id in enumerate(case.running_jobs, start=1)
    }
    finished = [job_id for job_id in range(1, case.watched + 1) if job_id not in running]
    for place, job_id in enumerate(finished, start=1):
        readings[job_id] = _read(-REFRESH.finished * place / len(finished), running=False)
    return readings


def _read(at: float, *, running: bool) -> Reading:
    wait = REFRESH.active if running else REFRESH.finished
    ended = End(ended_at=at - REFRESH.finished, confirmed=True)
    return Reading(
        job=RUNNING if running else FINISHED,
        end=End(witnessed=True) if running else ended,
        read_at=Instant(at, START + at),
        progressed_at=START + at,
        asked_at=at,
        attempted_at=at,
        due_at=at + wait,
    )


def simulate(case: Case, seconds: float = DAY, quota: Quota = QUOTA) -> Ours:
    """Run a case for so many seconds, and until all failures in them are seen."""
    return run(_simulate(case, seconds, quota))


async def _simulate(case: Case, seconds: float, quota: Quota) -> Ours:
    account = Account(case.limits, START, customer=case.customer)
    api = Api(account, frozenset(case.running_jobs), clock)
    ledger = WarmLedger(case.watched, warm(case), quota)
    exporter = Exporter(ledger, api.read)
    eyes = Eyes(case, ledger, seconds)
    at_most = seconds + 2 * case.best_sight

    def done(now: float) -> bool:
        return now >= seconds and (not eyes.failures.left or now >= at_most)

    await exporter.serve(case.servers, case.interval, done=done, seen=eyes.see)
    account.catch_up(clock().unix)
    eyes.ages.sort()
    stretches = (exporter.sent, api.counted)
    return Ours(
        requests=sum(at < seconds for at in exporter.sent),
        refused=account.refused,
        refused_to_customer=account.refused_to_customer,
        minute_share=max(busiest(times, MINUTE) for times in stretches) / case.limits.minute,
        day_share=max(busiest(times, DAY) for times in stretches) / case.limits.day,
        age_median=percentile(eyes.ages, 0.5),
        age_p99=percentile(eyes.ages, 0.99),
        sight_p99=percentile(eyes.failures.all_delays(), 0.99),
        longest_scrape=exporter.longest,
    )
