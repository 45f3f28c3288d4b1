"""A day of the exporter in one case.

The exporter begins with readings, as if it had been running: finished jobs fall due at some time of
the day, and running jobs were read in turn at the best possible rate. (Warming up would take longer
than the day: a TestDrive account needs eight days for one round of 1,000 jobs.) Its budget begins
full and knows no limits, as after a restart. This makes it harder to stay under the share, as an
hour's worth of requests is saved up. The day's rate pays that hour back, so a round of all running
jobs takes 4 % longer than later on. Only if a round takes longer than the day are values younger
for it, by at most that hour's worth.

The values at the end of each scrape are those that /metrics would show. It would withhold values
older than `refresh.stale_after`, but still show when they were read; here they count at their age.
Reads of a running job do not depend on its values, so a job's failure need not be simulated: it
would be seen at the first scrape that ends with a reading answered after it. Each running job fails
at several moments of the day. After the day the run goes on until all failures are seen, for at
most twice the best possible time.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.quota_account import FINISHED, RUNNING, Account, Api
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
from exporter.model.duration import DAY, MINUTE
from exporter.model.instant import Instant


@dataclass(frozen=True, slots=True)
class Ours:
    """The figures of a day. Ages and times are in seconds.

    `refused` counts our requests answered 429, `refused_to_customer` the customer's. The shares
    are of the minute's and the day's limit, in the busiest 60 seconds and 24 hours wherever they
    begin, so the API's own windows are among them. They are counted by when requests were sent and
    by when they arrived; the greater figure is kept.
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
    """The moments at which jobs fail, and the seconds until each failure is seen."""

    def __init__(self, jobs: Iterable[int], each: int, seconds: float) -> None:
        source = seeded(each)
        self._moments = {
            job_id: sorted(source.uniform(0.0, seconds) for _ in range(each)) for job_id in jobs
        }
        self.delays: list[float] = []
        self.left = sum(map(len, self._moments.values()))

    def seen(self, job_id: int, answered: float, now: float) -> None:
        """Note that a scrape ending at `now` shows a job as the API answered at `answered`."""
        moments = self._moments.get(job_id, [])
        past = bisect_right(moments, answered)
        self.delays += [now - moment for moment in moments[:past]]
        self.left -= past
        del moments[:past]

    def all_delays(self) -> list[float]:
        """Return the seconds in order, with infinity for each failure never seen."""
        return sorted(self.delays) + [math.inf] * self.left


class Watcher:
    """What the scrapes of a case show: the age of running jobs' values, and the failures."""

    def __init__(self, case: Case, ledger: WarmLedger, seconds: float) -> None:
        each = max(10, 1_000 // case.running)
        self.failures = Failures(case.running_jobs, each, seconds)
        self.ages: list[float] = []
        self._case = case
        self._ledger = ledger
        self._seconds = seconds
        self._scrapes = 0

    def see(self, now: Instant) -> None:
        """Note what a scrape that ended at `now` shows."""
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
    """Return readings as if the exporter had been running at the best possible rate."""
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
    """Run a case for `seconds`, and on until all failures in that time are seen."""
    return run(_simulate(case, seconds, quota))


async def _simulate(case: Case, seconds: float, quota: Quota) -> Ours:
    account = Account(case.limits, START, customer=case.customer)
    api = Api(account, frozenset(case.running_jobs), clock)
    ledger = WarmLedger(case.watched, warm(case), quota)
    exporter = Exporter(ledger, api.read)
    watcher = Watcher(case, ledger, seconds)
    at_most = seconds + 2 * case.best_sight

    def done(now: float) -> bool:
        return now >= seconds and (not watcher.failures.left or now >= at_most)

    await exporter.serve(case.servers, case.interval, done=done, seen=watcher.see)
    account.catch_up(clock().unix)
    watcher.ages.sort()
    stretches = (exporter.sent, api.counted)
    return Ours(
        requests=sum(at < seconds for at in exporter.sent),
        refused=account.refused,
        refused_to_customer=account.refused_to_customer,
        minute_share=max(busiest(times, MINUTE) for times in stretches) / case.limits.minute,
        day_share=max(busiest(times, DAY) for times in stretches) / case.limits.day,
        age_median=percentile(watcher.ages, 0.5),
        age_p99=percentile(watcher.ages, 0.99),
        sight_p99=percentile(watcher.failures.all_delays(), 0.99),
        longest_scrape=exporter.longest,
    )
