"""A refresher over a scripted reader, for the tests of what a scrape does."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from exporter.config import Refresh, WatchedJob
from exporter.errors import (
    NotFound,
    ServerError,
)
from exporter.refresh import AccountRefresher
from exporter.snapshot import JobView
from tests.readers import Clock, Script

LONG = 60.0
DOWN = ServerError("the API failed (500)", 500)
GONE = NotFound("the API knows no such job (404)", 404)


class Bench:
    """A refresher over a scripted reader, with a clock that goes when told."""

    def __init__(self, reader: Script, jobs: int = 1, concurrency: int = 8) -> None:
        self.clock = Clock()
        self.reader = reader
        self.stopping = asyncio.Event()
        self.refresher = AccountRefresher(
            "live",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            reader,
            refresh=Refresh().model_copy(update={"concurrency": concurrency}),
            clock=self.clock,
            jitter=lambda: 0.0,
        )

    async def scrape(self, seconds: float = LONG) -> int:
        return await self.refresher.refresh(seconds, self.stopping)

    async def scrape_after(self, seconds: float) -> None:
        self.clock.seconds += seconds
        await self.scrape()

    def job(self, number: int = 1) -> JobView:
        return self.refresher.view(self.clock()).jobs[number - 1]

    @property
    def up(self) -> bool | None:
        return self.refresher.view(self.clock()).up


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)
