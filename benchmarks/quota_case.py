"""The cases of the simulation, and the best that is possible in each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product

from benchmarks.quota_account import ACCOUNTS
from benchmarks.quota_exporter import QUOTA, REFRESH
from exporter.model.duration import DAY, MINUTE
from exporter.simulator.limits import Limits

SIZES = ((1, 1), (40, 10), (1_000, 100), (10_000, 1_000))
"""Pairs: the watched jobs, and how many of them run."""

_SAMPLES = 200_000  # the most ages that are kept of a case


@dataclass(frozen=True, slots=True)
class Case:
    """An account type, its jobs, its scrapes and its customer. Running jobs run all day."""

    account: str
    watched: int
    running: int
    servers: int
    interval: float
    customer: bool

    @property
    def limits(self) -> Limits:
        """The limits of the account type."""
        return ACCOUNTS[self.account]

    @property
    def running_jobs(self) -> range:
        """The ids of the running jobs, spread evenly over the watched ones."""
        step = self.watched // self.running
        return range(step, self.watched + 1, step)

    @property
    def rate(self) -> float:
        """The requests a second that the exporter's share of the limits allows."""
        return QUOTA.share * min(self.limits.day / DAY, self.limits.minute / MINUTE)

    @property
    def best_age(self) -> float:
        """The least possible maximum age of running jobs' values, in seconds.

        Jobs are read at scrapes, in turn, at `rate`.
        """
        scrapes = math.ceil(REFRESH.active / self.interval)
        return max(scrapes * self.interval, self.running / self.rate)

    @property
    def best_sight(self) -> float:
        """The least possible maximum time from a job's failure to its being seen, in seconds.

        A failure is seen at a scrape, so this is the best age in whole scrape intervals.
        """
        return math.ceil(self.best_age / self.interval - 1e-9) * self.interval

    def scrapes(self, seconds: float) -> Iterator[float]:
        """Yield the time of each scrape in `seconds`; the servers take turns at even intervals."""
        step = self.interval / self.servers
        return (number * step for number in range(math.ceil(seconds / step)))

    @property
    def stride(self) -> int:
        """One scrape in `stride` is sampled, in step with no minute and no hour."""
        scrapes = DAY / self.interval * self.servers
        least = max(1, math.ceil(scrapes * self.running / _SAMPLES))
        return next(stride for stride in count(least) if math.gcd(stride, 60) == 1)

    def __str__(self) -> str:
        customer = "half taken" if self.customer else "free"
        return (
            f"{self.account} {self.watched}/{self.running} jobs, "
            f"{self.servers} x {self.interval:.0f} s, {customer}"
        )


CASES = tuple(
    Case(account, watched, running, servers, interval, customer)
    for account, (watched, running), servers, interval, customer in product(
        ACCOUNTS, SIZES, (1, 2), (15.0, 60.0), (False, True)
    )
)
