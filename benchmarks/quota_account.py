"""The simulated account: its two rate-limit windows, and the customer who spends from them too.

The windows are those of the simulated API (`exporter.simulator.limits`). Their state reaches the
exporter as in real life: written into headers and parsed again.
"""

import asyncio
from collections.abc import Callable, Container
from dataclasses import replace
from typing import NamedTuple

from exporter.api.rate_limit_headers import parse_headers
from exporter.model.attempt import Answer
from exporter.model.duration import DAY, HOUR, MINUTE
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.rate_limit import RateLimit
from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE, Limits, ResetFormat, Windows

MIDNIGHT = 1_700_006_400.0
"""Unix seconds of a UTC midnight, when the API's day begins."""

ACCOUNTS = {"TestDrive": TESTDRIVE, "sandbox": SANDBOX, "live": LIVE}

RUNNING = Job(
    id=1,
    account_id=12345,
    type="SubscriptionProductBulkPriceChange",
    status="Processing",
    total=10,
    successful=1,
    failed=0,
    percent_complete=10.0,
    tasks=1,
    offline=False,
).judged({})
FINISHED = replace(
    RUNNING, status="Processed", completed=MIDNIGHT - DAY, successful=10, percent_complete=100.0
).judged({})

_FASTEST, _SLOWEST = 0.1, 0.3  # seconds that an answer takes
_GOLDEN = 0.618_033_988_75  # the fractions of its multiples are spread evenly


class Customer(NamedTuple):
    """The customer's own traffic: half of the day's limit, every day.

    Half of the minute's limit in every minute would be far more (8 times a live account's limit of
    a day). So once an hour half of a minute's limit comes as one burst, and the rest of the half
    day's limit is spread evenly.
    """

    limits: Limits

    def total(self, now: float) -> int:
        """Return the number of requests from time 0 to `now` (Unix seconds)."""
        burst = self.limits.minute // 2
        evenly = (self.limits.day / 2 - burst * DAY / HOUR) / DAY
        half_past = HOUR / 2 + 17.0  # not in step with any scrape
        return int(evenly * now) + burst * int((now + HOUR - half_past) // HOUR)


class Account:
    """The windows of one account, and the requests refused (429) to us and to the customer.

    Refused requests spend nothing. All times are Unix seconds and may not go back. `begins` is the
    first; the customer has been spending since the midnight before it.
    """

    def __init__(self, limits: Limits, begins: float, *, customer: bool) -> None:
        self.limits = limits
        self.refused = 0
        self.refused_to_customer = 0
        self._windows = Windows()
        self._customer = Customer(limits) if customer else None
        self._known_until = begins - begins % DAY

    def ask(self, requests: int, now: float) -> int:
        """Make several requests at once; return how many were answered."""
        self.catch_up(now)
        answered = self._spend(requests, now)
        self.refused += requests - answered
        return answered

    def said(self, now: float) -> RateLimit:
        """Return the limits as the headers of an answer say them."""
        return parse_headers(self._windows.headers(self.limits, now, ResetFormat.EPOCH))

    def catch_up(self, now: float) -> None:
        """Spend the customer's requests since the last call, each in its own minute."""
        while self._customer is not None and self._known_until < now:
            since = self._known_until
            until = min(now, since - since % MINUTE + MINUTE)
            requests = self._customer.total(until) - self._customer.total(since)
            self.refused_to_customer += requests - self._spend(requests, since)
            self._known_until = until

    def _spend(self, requests: int, now: float) -> int:
        said = self.said(now)
        left = min(said.minute.remaining or 0, said.day.remaining or 0)
        answered = min(requests, left)
        self._windows.spend(answered, answered, now)
        return answered


class Api:
    """An API that the exporter reads in place of its HTTP client, in the loop's time.

    `counted` has the Unix time at which each request was counted in the windows, or refused. Each
    job's `created` is the time of the answer: no decision of the exporter depends on `created`.
    """

    def __init__(
        self, account: Account, running: Container[int], clock: Callable[[], Instant]
    ) -> None:
        self.account = account
        self._running = running
        self._clock = clock
        self._reads = 0
        self.counted: list[float] = []

    async def read(self, job_id: int) -> Answer | Failure:
        """Answer after 0.1 to 0.3 seconds, and count the request in the middle of that time."""
        self._reads += 1
        way = (_FASTEST + (_SLOWEST - _FASTEST) * (self._reads * _GOLDEN % 1.0)) / 2
        await asyncio.sleep(way)
        now = self._clock().unix
        self.counted.append(now)
        answered = self.account.ask(1, now)
        said = self.account.said(now)
        await asyncio.sleep(way)
        if not answered:
            message = "the account has used up its API requests (429)"
            return RateLimited(message, 429, said=said)
        job = RUNNING if job_id in self._running else FINISHED
        return Answer(200, replace(job, id=job_id, created=now), said)
