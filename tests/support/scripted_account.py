"""An account whose reads are scripted, on a clock set by hand."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import JobView
from exporter.quota.budget import make_budget
from exporter.scrape.refresh import AccountRefresher, Deferred
from tests.support.program import PATIENCE
from tests.support.readers import ROOMY, Clock, Script

LONG = 60.0


KNOWN = make_budget(Quota()).started(Clock()()).ended(ROOMY, Clock()(), Clock()(), good=True)
"""The budget of a live account after one good answer."""


class ScriptedAccount:
    """A refresher over a scripted reader, with a clock that is set by hand.

    If `known`, the limits of the account are known from the start.
    """

    START = Clock()().unix

    def __init__(
        self,
        reader: Script,
        jobs: int = 1,
        concurrency: int = 8,
        *,
        known: bool = True,
        quota: Quota | None = None,
    ) -> None:
        self.clock = Clock()
        self.reader = reader
        self.stopping = asyncio.Event()
        self.ledger = Ledger(
            "live",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            refresh=Refresh().model_copy(update={"concurrency": concurrency}),
            budget=KNOWN if known and quota is None else make_budget(quota or Quota()),
            jitter=lambda: 0.0,
        )
        self.refresher = AccountRefresher(
            self.ledger, reader.read_for, concurrency=concurrency, clock=self.clock
        )

    async def scrape(self, seconds: float = LONG) -> Deferred:
        return await self.refresher.refresh(seconds, self.stopping)

    async def probe(self, job_id: int, seconds: float = LONG) -> Deferred:
        self.ledger.roster.probe(job_id)
        return await self.refresher.probe(job_id, seconds, self.stopping)

    async def scrape_after(self, seconds: float) -> None:
        self.clock.seconds += seconds
        await self.scrape()

    def job(self, number: int = 1) -> JobView:
        return self.ledger.view(self.clock()).jobs[number - 1]

    @property
    def up(self) -> bool | None:
        return self.ledger.view(self.clock()).up


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a story to its end; fail if it does not end in `PATIENCE` seconds."""

    async def whole() -> None:
        async with asyncio.timeout(PATIENCE):
            await story

    asyncio.run(whole())
