"""The program that ours is held against: it reads every job at every scrape.

It gets an API's day from midnight to midnight, and every advantage: its reads take no time, and no
scrape has a deadline. It reads in the order of its list until the account is empty; the rest is
answered 429. What was never read counts as a day old.
"""

from bisect import bisect_right
from dataclasses import dataclass

from benchmarks.quota_account import DAY, MIDNIGHT, Account
from benchmarks.quota_case import Case
from benchmarks.quota_statistics import percentile


@dataclass(frozen=True, slots=True)
class Naive:
    """What a day brought: `requests` with those that were `refused`, by us and to the customer."""

    requests: int
    answered: int
    refused: int
    refused_to_customer: int
    age_median: float
    age_p99: float


def read_everything(case: Case, seconds: float = DAY) -> Naive:
    """Read all jobs of a case at each scrape."""
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
