"""An account in virtual time: a refresher over an API that answers or fails as a test says."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer
from exporter.model.failures import (
    ClientError,
    Failure,
    ReadTimeout,
    Unauthorized,
)
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.refresh import AccountRefresher, Deferred
from tests.support.readers import OVER, ROOMY, RUNNING

SCRAPE = 9.5
STRANGE = 1_000_000
"""The first of the ids that are only probed."""

REFUSED = Unauthorized("the API refused the key (401)", 401)
FORBIDDEN = Unauthorized("the API refused the key (403)", 403)
MALFORMED = ClientError("the API refused the request (400)", 400)
LATE = ReadTimeout("the API did not answer in time")
PLENTY = Quota(per_minute=100_000, per_day=10_000_000)

Fate = Callable[[int], Failure | None]


def clock() -> Instant:
    seconds = asyncio.get_running_loop().time()
    return Instant(seconds, 1_700_000_000.0 + seconds)


class VirtualAccount:
    """A refresher over an API that answers after `latency` seconds.

    `fate` says how the read of a job fails, or None. The jobs in `ended` ended long ago; the others
    run. Each answer takes `uneven` more seconds than that of the id before, for seven ids in a row.
    """

    def __init__(
        self,
        jobs: int,
        quota: Quota | None = None,
        timeout: float = 10.0,
        concurrency: int = 8,
    ) -> None:
        self.fate: Fate = lambda _: None
        self.ended: set[int] = set()
        self.said = ROOMY
        self.latency = 0.1
        self.uneven = 0.0
        self.timeout = timeout
        self.asked: list[tuple[float, int]] = []
        self._in_flight: set[int] = set()
        self.scrapes: list[float] = []
        self.ledger = Ledger(
            "live",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            refresh=Refresh(),
            budget=make_budget(quota or Quota()),
            jitter=lambda: 0.0,
        )
        self._refresher = AccountRefresher(
            self.ledger, self._read, concurrency=concurrency, clock=clock
        )

    async def _read(self, job_id: int) -> Answer | Failure:
        self.asked.append((clock().monotonic, job_id))
        self._in_flight.add(job_id)
        try:
            return await self._answer(job_id)
        finally:
            self._in_flight.discard(job_id)

    async def _answer(self, job_id: int) -> Answer | Failure:
        error = self.fate(job_id)
        answers = self.latency + self.uneven * (job_id % 7)
        await asyncio.sleep(self.timeout if error is LATE else answers)
        if error is not None:
            return error
        job = OVER if job_id in self.ended else RUNNING
        return Answer(200, replace(job, id=job_id), self.said)

    async def probe(self, job_id: int) -> Deferred:
        """Probe a job; return whether its read was deferred, and why."""
        self.ledger.roster.probe(job_id)
        return await self._refresher.probe(job_id, SCRAPE, asyncio.Event())

    async def probe_strangers(self, every: float) -> None:
        """Probe a new id every `every` seconds, without waiting for answers."""
        async with asyncio.TaskGroup() as probes:
            for job_id in count(STRANGE):
                probes.create_task(self.probe(job_id))
                await asyncio.sleep(every)

    async def scrape(self, times: int = 1, every: float = 15.0) -> None:
        """Scrape `times` times, and wait for the rest of the interval after each scrape."""
        for _ in range(times):
            began = clock().monotonic
            await self._refresher.refresh(SCRAPE, asyncio.Event())
            self.scrapes.append(clock().monotonic - began)
            await asyncio.sleep(every - self.scrapes[-1])

    def asked_since(self, seconds: float, job_id: int | None = None) -> int:
        """Return the number of requests since that time, for one job or for all."""
        return sum(at >= seconds and job_id in (None, one) for at, one in self.asked)

    def strangers(self) -> int:
        """Return the number of requests for ids that are only probed."""
        return sum(job_id >= STRANGE for _, job_id in self.asked)

    def in_flight_strangers(self) -> int:
        """Return the number of reads under way for ids that are only probed."""
        return sum(job_id >= STRANGE for job_id in self._in_flight)

    def read_at(self) -> list[float]:
        """Return when each job was last read, without those never read."""
        readings = [view.reading.read_at for view in self.ledger.view(clock()).jobs]
        return [read_at.monotonic for read_at in readings if read_at is not None]

    def fresh(self, seconds: float) -> int:
        """Return the number of jobs read since that time."""
        return sum(at >= seconds for at in self.read_at())
