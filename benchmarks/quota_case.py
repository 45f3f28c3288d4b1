"""One case of the simulation: what is watched and scraped, in which account, what is possible."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, product

from benchmarks.quota_account import ACCOUNTS, DAY, MINUTE
from benchmarks.quota_exporter import QUOTA, REFRESH
from exporter.simulator.limits import Limits

SIZES = ((1, 1), (40, 10), (1_000, 100), (10_000, 1_000))
"""Jobs that are watched, and how many of them run."""

_SAMPLES = 200_000  # ages that are kept of a case, at most


@dataclass(frozen=True, slots=True)
class Case:
    """The running jobs run all day, which is the most that there can be to do."""

    account: str
    watched: int
    running: int
    servers: int
    interval: float
    customer: bool

    @property
    def limits(self) -> Limits:
        """The limits of the account."""
        return ACCOUNTS[self.account]

    @property
    def running_jobs(self) -> range:
        """The jobs that run, spread evenly over those that are watched."""
        step = self.watched // self.running
        return range(step, self.watched + 1, step)

    @property
    def rate(self) -> float:
        """Requests a second that the share of the limits allows."""
        return QUOTA.share * min(self.limits.day / DAY, self.limits.minute / MINUTE)

    @property
    def best_age(self) -> float:
        """Seconds: the oldest that running jobs' values must become at this rate.

        They are read at scrapes, and all in turn.
        """
        scrapes = math.ceil(REFRESH.active / self.interval)
        return max(scrapes * self.interval, self.running / self.rate)

    @property
    def best_sight(self) -> float:
        """Seconds: the longest that a failure must wait until it is seen at this rate.

        It is seen at a scrape, so this is the best age in whole scrapes of one server.
        """
        return math.ceil(self.best_age / self.interval - 1e-9) * self.interval

    def scrapes(self, seconds: float) -> Iterator[float]:
        """Yield when scrapes come, of all servers: each of them at even intervals."""
        step = self.interval / self.servers
        return (number * step for number in range(math.ceil(seconds / step)))

    @property
    def stride(self) -> int:
        """Of so many scrapes one is sampled: in step with no minute and no hour."""
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
