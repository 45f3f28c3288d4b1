"""The naive program, for comparison: it reads every job at every scrape.

Its day is the API's, from midnight to midnight. It has every advantage: its reads take no time, and
its scrapes have no deadline. It reads in the order of its list until the account is used up; the
other requests are answered 429. A job never read counts as a day old.
"""

from bisect import bisect_right
from dataclasses import dataclass

from benchmarks.quota_account import MIDNIGHT, Account
from benchmarks.quota_case import Case
from benchmarks.quota_statistics import percentile
from exporter.model.duration import DAY


@dataclass(frozen=True, slots=True)
class Naive:
    """The figures of a day. `requests` includes the refused ones; ages are in seconds."""

    requests: int
    answered: int
    refused: int
    refused_to_customer: int
    age_median: float
    age_p99: float


def read_everything(case: Case, seconds: float = DAY) -> Naive:
    """Read all jobs of a case at each scrape for `seconds`."""
    account = Account(case.limits, MIDNIGHT, customer=case.customer)
    read_at = [-DAY] * case.running
    ages: list[float] = []
    requests = 0
    for number, now in enumerate(case.scrapes(seconds)):
        answered = account.ask(case.watched, MIDNIGHT + now)
        requests += case.watched
        reached = bisect_right(case.running_jobs, answered)
        read_at[:reached] = [now] * reached
        if number % case.stride == 0:
            ages += (min(DAY, now - at) for at in read_at)
    account.catch_up(MIDNIGHT + seconds)
    ages.sort()
    return Naive(
        requests=requests,
        answered=requests - account.refused,
        refused=account.refused,
        refused_to_customer=account.refused_to_customer,
        age_median=percentile(ages, 0.5),
        age_p99=percentile(ages, 0.99),
    )
