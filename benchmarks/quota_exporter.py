"""The exporter in virtual time: its own refresher, ledger and budget over a simulated API.

Nothing of the exporter is replaced but what reads a job and the clock. Two things are spared, of
which no request depends: log lines, and working out what is due at a scrape that cannot ask for
anything, as nothing may be spent and nothing is under way (`refresh` returns at once there too).
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence

from benchmarks.quota_account import HOUR, MIDNIGHT
from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.account_log import AccountLog
from exporter.jobs.health import Health
from exporter.jobs.ledger import Ledger
from exporter.jobs.reading import Reading
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.block import Block
from exporter.quota.budget import make_budget
from exporter.scrape.refresh import AccountRefresher, Read
from exporter.scrape.timeout import MARGIN

START = MIDNIGHT + 6 * HOUR
"""Unix seconds at 0 of the loop: the API's day changes within the simulated one."""

REFRESH = Refresh()
QUOTA = Quota()
DEADLINE = 10.0 - MARGIN
"""Seconds: what Prometheus's default timeout leaves to a scrape."""


def clock() -> Instant:
    """Return the present of the running loop."""
    seconds = asyncio.get_running_loop().time()
    return Instant(seconds, START + seconds)


def seeded(seed: int) -> random.Random:
    """Return a source of the same numbers in each run."""
    return random.Random(seed)  # noqa: S311  nothing is kept secret with it


class Unlogged(AccountLog):
    """Keeps quiet about reads and what stops them; a fault of the exporter is still told."""

    def read(
        self,
        job_id: int,
        error: Failure | None,
        health: Health,
        now: Instant,
        *,
        gone: bool = False,
    ) -> None:
        """Say nothing."""

    def api(self, error: Failure | None, health: Health, block: Block | None, now: Instant) -> None:
        """Say nothing."""

    def stopped(self, block: Block | None, now: Instant) -> None:
        """Say nothing."""

    def finished(self, job: Job, now: Instant, *, already: bool) -> None:
        """Say nothing."""


class WarmLedger(Ledger):
    """A ledger that may begin with readings, and that tells which jobs were read since."""

    def __init__(self, jobs: int, readings: Mapping[int, Reading], quota: Quota) -> None:
        super().__init__(
            "simulated",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            refresh=REFRESH,
            budget=make_budget(quota),
            jitter=seeded(jobs).random,
        )
        self.events = Unlogged("simulated", self.roster.is_watched)
        for job_id, reading in readings.items():
            self.roster.note(job_id, reading)
        self._read: list[int] = []

    @property
    def readings(self) -> Mapping[int, Reading]:
        """What is known of each job that was ever attempted."""
        return self.roster.readings

    def record(self, attempt: Attempt) -> None:
        """Note how an attempt ended."""
        super().record(attempt)
        self._read.append(attempt.job_id)

    def read_since(self) -> Sequence[int]:
        """Return the jobs of which attempts ended since the last call."""
        read, self._read = self._read, []
        return read


class Exporter:
    """Is scraped. Keeps how long the longest scrape took and when each request was sent."""

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
        """Tell whether a scrape could neither ask for anything now nor wait for an answer."""
        return not self._in_flight and self.ledger.permits.room(now, REFRESH.concurrency) < 1

    async def scrape(self) -> Instant:
        """Refresh what is due; return when the scrape ended."""
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
        """Be scraped by so many servers, each every `interval` seconds, until it is `done`.

        `done` is asked before each scrape, `seen` told when each ended.
        """

        async def server(at: float) -> None:
            while not done(at):
                await asyncio.sleep(at - clock().monotonic)
                seen(await self.scrape())
                at += interval

        await asyncio.gather(*(server(one * interval / servers) for one in range(servers)))
