"""Due → read → record: how readings come to be, when somebody scrapes.

Everything here runs in one event loop, so nothing is locked; only the reads themselves wait in
threads. Nothing runs by itself: what is due is worked out when a scrape asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from exporter.budget import AHEAD
from exporter.client import Answer
from exporter.errors import InvalidResponse, UpstreamError
from exporter.instant import Instant
from exporter.ledger import Attempt, Ledger
from exporter.pending import Pending

TRIAL = 1.0
"""Seconds that a scrape waits for an API that may not answer: one that is down slows no scrape."""


class PutOff(NamedTuple):
    """How many reads that were due a scrape did not start, and why (a cause of the metrics)."""

    reads: int
    cause: str


class AccountRefresher:
    """Makes the readings of one account, at most `concurrency` at a time, when it is asked to.

    `read` asks for one job and raises an UpstreamError; `clock` tells the time.
    """

    def __init__(
        self,
        ledger: Ledger,
        read: Callable[[int], Awaitable[Answer]],
        *,
        concurrency: int,
        clock: Callable[[], Instant],
    ) -> None:
        self.ledger = ledger
        self._read = read
        self._concurrency = concurrency
        self._clock = clock
        self._in_flight: dict[int, asyncio.Task[None]] = {}

    def adopt(self, read: Callable[[int], Awaitable[Answer]], concurrency: int) -> None:
        """Make the reads that start from now on in another way; those under way go on."""
        self._read = read
        self._concurrency = concurrency

    async def refresh(
        self, seconds: float, stopping: asyncio.Event, job_id: int | None = None
    ) -> PutOff:
        """Read what is due, and return when it is read, `seconds` have passed or all is stopping.

        With a `job_id` it is that job alone. Returns at once where nothing may be asked, and soon
        where the API may not answer. Reads that are not back by then go on and are recorded when
        they come. Calls that overlap share reads: a job is in flight once.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        asked = self._clock()
        pending = self.ledger.due(asked, job_id)
        stop = asyncio.ensure_future(stopping.wait())
        try:
            self._start(pending, asked)
            while not stopping.is_set() and (reads := self._awaited(pending, job_id)):
                doubtful = self.ledger.doubtful(self._clock())
                left = began + (min(seconds, TRIAL) if doubtful else seconds) - loop.time()
                if left <= 0:
                    break
                await asyncio.wait(
                    (*reads, stop), timeout=min(left, AHEAD), return_when=asyncio.FIRST_COMPLETED
                )
                if not stopping.is_set():
                    self._start(pending, asked)
        finally:
            stop.cancel()
        return self._put_off(pending)

    def _awaited(self, pending: Pending, job_id: int | None) -> list[asyncio.Task[None]]:
        """Return the reads to wait for: one job waits for its own, and until then for a slot."""
        if job_id is None or pending:
            return list(self._in_flight.values())
        own = self._in_flight.get(job_id)
        return [] if own is None else [own]

    def _put_off(self, pending: Pending) -> PutOff:
        """Count what is still to be read: another scrape may have seen to some of it."""
        now = self._clock()
        reads = sum(self._wanted(job_id, now) for job_id in pending.rest())
        return PutOff(reads, self.ledger.cause(now))

    def _wanted(self, job_id: int, now: Instant) -> bool:
        return job_id not in self._in_flight and self.ledger.is_due(job_id, now)

    def _start(self, pending: Pending, asked: Instant) -> None:
        """Start as many of the pending reads as may be started now."""
        now = self._clock()
        while self.ledger.room(now) > 0:
            job_id = self._next(pending, now)
            if job_id is None:
                return
            if self._wanted(job_id, now):
                self.ledger.start(now)
                self._in_flight[job_id] = asyncio.create_task(self._attempt(job_id, asked, now))

    def _next(self, pending: Pending, now: Instant) -> int | None:
        """Take the next read: jobs that failed last time have half of the slots, and at least one.

        Where the API may not answer, it is tried with a job that did not.
        """
        if self.ledger.open or self.ledger.goes_second(now):
            return pending.trial()
        retried = sum(map(self.ledger.failing, self._in_flight))
        return pending.next(retry=retried < max(1, self._concurrency // 2))

    async def _attempt(self, job_id: int, asked: Instant, started: Instant) -> None:
        """Make one attempt and record what came of it."""
        result: Answer | UpstreamError
        try:
            result = await self._read(job_id)
        except UpstreamError as error:
            result = error
        except Exception as error:  # noqa: BLE001  told with its traceback, and counted
            self.ledger.events.fault(job_id)
            message = f"the exporter failed to read the answer: {type(error).__name__}"
            result = InvalidResponse(message)
        finally:
            del self._in_flight[job_id]
        self.ledger.record(Attempt(job_id, asked, started, self._clock(), result))


async def refresh_all(
    refreshers: Iterable[AccountRefresher], seconds: float, stopping: asyncio.Event
) -> list[PutOff]:
    """Refresh every account side by side, with one deadline; return what each put off."""
    return await asyncio.gather(*(one.refresh(seconds, stopping) for one in refreshers))
