"""The exporter in virtual time: its own refresher, ledger and budget over a simulated API.

Only the clock and the function that reads a job are replaced. Two things are left out that no
request depends on: log lines, and the search for due jobs at a scrape that can neither send a
request, because the budget is spent, nor wait for one (there, `refresh` returns at once anyway).
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence

from benchmarks.quota_account import MIDNIGHT
from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.account_log import AccountLog
from exporter.jobs.api_health import ApiHealth
from exporter.jobs.ledger import Ledger
from exporter.jobs.reading import Reading
from exporter.model.attempt import Answer, Attempt
from exporter.model.duration import HOUR
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.block import Block
from exporter.quota.budget import make_budget
from exporter.scrape.refresh import AccountRefresher, Read
from exporter.scrape.timeout import MARGIN

START = MIDNIGHT + 6 * HOUR
"""Unix seconds at the loop's 0. The API's day changes during the simulated one."""

REFRESH = Refresh()
QUOTA = Quota()
DEADLINE = 10.0 - MARGIN
"""Seconds that a scrape may take with Prometheus's default timeout."""


def clock() -> Instant:
    """Return the present in the running loop."""
    seconds = asyncio.get_running_loop().time()
    return Instant(seconds, START + seconds)


def seeded(seed: int) -> random.Random:
    """Return a random source that gives the same numbers in each run."""
    return random.Random(seed)  # noqa: S311  no secret


class Unlogged(AccountLog):
    """A log that leaves out reads and blocks, but not bugs of the exporter."""

    def read(
        self,
        job_id: int,
        error: Failure | None,
        health: ApiHealth,
        now: Instant,
        *,
        gone: bool = False,
    ) -> None:
        """Say nothing."""

    def api(
        self, error: Failure | None, health: ApiHealth, block: Block | None, now: Instant
    ) -> None:
        """Say nothing."""

    def stopped(self, block: Block | None, now: Instant) -> None:
        """Say nothing."""

    def finished(self, job: Job, now: Instant, *, already: bool) -> None:
        """Say nothing."""


class WarmLedger(Ledger):
    """A ledger that can begin with readings, and knows which jobs were attempted lately."""

    def __init__(self, jobs: int, readings: Mapping[int, Reading], quota: Quota) -> None:
        super().__init__(
            "simulated",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            refresh=REFRESH,
            budget=make_budget(quota),
            jitter=seeded(jobs).random,
        )
        self.log = Unlogged("simulated", self.roster.watched)
        for job_id, reading in readings.items():
            self.roster.note(job_id, reading)
        self._read: list[int] = []

    @property
    def readings(self) -> Mapping[int, Reading]:
        """The reading of each job that was ever attempted."""
        return self.roster.readings

    def record(self, attempt: Attempt) -> None:
        """Record an attempt, and remember its job."""
        super().record(attempt)
        self._read.append(attempt.job_id)

    def read_since(self) -> Sequence[int]:
        """Return the jobs whose attempts ended since the last call."""
        read, self._read = self._read, []
        return read


class Exporter:
    """The exporter as servers scrape it.

    `longest` is the time of the longest scrape in seconds; `sent` has the time of each request.
    """

    def __init__(self, ledger: WarmLedger, read: Read) -> None:
        self.ledger = ledger
        self.longest = 0.0
        self.sent: list[float] = []
        self._read = read
        self._in_flight = 0
        self._stopping = asyncio.Event()
        self._refresher = AccountRefresher(
            ledger, self._send, concurrency=REFRESH.concurrency, clock=clock
        )

    async def _send(self, job_id: int) -> Answer | Failure:
        self.sent.append(clock().monotonic)
        self._in_flight += 1
        try:
            return await self._read(job_id)
        finally:
            self._in_flight -= 1

    def idle(self, now: Instant) -> bool:
        """Return whether a scrape could neither send a request now nor wait for one."""
        return not self._in_flight and self.ledger.permits.room(now, REFRESH.concurrency) < 1

    async def scrape(self) -> Instant:
        """Read the due jobs; return when the scrape ended."""
        began = clock()
        if not self.idle(began):
            await self._refresher.refresh(DEADLINE, self._stopping)
        ended = clock()
        self.longest = max(self.longest, ended.monotonic - began.monotonic)
        return ended

    async def serve(
        self,
        servers: int,
        interval: float,
        *,
        done: Callable[[float], bool],
        seen: Callable[[Instant], None] = lambda _: None,
    ) -> None:
        """Let `servers` servers scrape, each every `interval` seconds, until `done` says so.

        `done` gets the time before each scrape, `seen` the time after it.
        """

        async def server(at: float) -> None:
            while not done(at):
                await asyncio.sleep(at - clock().monotonic)
                seen(await self.scrape())
                at += interval

        await asyncio.gather(*(server(one * interval / servers) for one in range(servers)))
