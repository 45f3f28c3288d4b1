"""Due → read → record: how readings come to be, when somebody scrapes.

Everything here runs in one event loop, so nothing is locked; only the reads themselves wait in
threads. Nothing runs by itself: what is due is worked out when a scrape asks.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

import structlog

from exporter.client import Answer
from exporter.config import Refresh, WatchedJob
from exporter.errors import InvalidResponse, UpstreamError
from exporter.job import Job
from exporter.snapshot import AccountView, JobView
from exporter.tally import Tally
from exporter.threads import run_in_daemon
from exporter.watch import UNREAD, Instant, Reading, due, failed, is_due, just_ended, succeeded

log = structlog.get_logger()


class Reader(Protocol):
    """What reads a job: the client, or a test's own."""

    def read(self, job_id: int) -> Answer:
        """Return the answer for one job. Raises an UpstreamError."""


class AccountRefresher:
    """Keeps the readings of one account, and makes new ones when it is asked to.

    `clock` tells the time; `jitter` returns a number from 0 to 1.
    """

    def __init__(  # noqa: PLR0913  each is a part that a test replaces
        self,
        name: str,
        jobs: Sequence[WatchedJob],
        reader: Reader,
        *,
        refresh: Refresh,
        clock: Callable[[], Instant],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.tally = Tally()
        self._jobs = {job.id: job for job in jobs}
        self._reader = reader
        self._refresh = refresh
        self._clock = clock
        self._jitter = jitter
        self._readings: dict[int, Reading] = {}
        self._views: dict[int, JobView] = {}
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._up: bool | None = None

    def view(self, now: Instant) -> AccountView:
        """Return what is known of the account and its jobs."""
        return AccountView(
            name=self.name,
            jobs=tuple(self._view(job, now) for job in self._jobs.values()),
            up=self._up,
            tally=self.tally,
        )

    def _view(self, watched: WatchedJob, now: Instant) -> JobView:
        """Return what is known of a job: the same view as before where nothing has changed."""
        reading = self._readings.get(watched.id, UNREAD)
        job = reading.current(now, self._refresh.stale_after)
        view = self._views.get(watched.id)
        if view is None or view.reading is not reading or view.job is not job:
            view = self._views[watched.id] = JobView(self.name, watched, reading, job)
        return view

    async def refresh(self, seconds: float, stopping: asyncio.Event) -> None:
        """Read what is due, and return when it is read, `seconds` have passed or all is stopping.

        Reads that are not back by then go on and are recorded when they come. What could not be
        started is counted as deferred. Calls that overlap share reads: a job is in flight once.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pending = deque(due(self._readings, self._jobs, self._clock()))
        stop = asyncio.ensure_future(stopping.wait())
        try:
            self._start(pending)
            while self._in_flight and not stop.done() and (left := deadline - loop.time()) > 0:
                reads = self._in_flight.values()
                await asyncio.wait(
                    (*reads, stop), timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                self._start(pending)
        finally:
            stop.cancel()
        self.tally.deferred["deadline"] += sum(map(self._wanted, pending))

    def _wanted(self, job_id: int) -> bool:
        """Tell whether a job is still to be read: another scrape may have seen to it."""
        reading = self._readings.get(job_id, UNREAD)
        return job_id not in self._in_flight and is_due(reading, self._clock())

    def _start(self, pending: deque[int]) -> None:
        """Start as many of the pending reads as may be in flight at once."""
        while pending and len(self._in_flight) < self._refresh.concurrency:
            job_id = pending.popleft()
            if self._wanted(job_id):
                task = asyncio.create_task(self._read(job_id))
                self._in_flight[job_id] = task

    async def _read(self, job_id: int) -> None:
        """Make one attempt and record what came of it."""
        started = self._clock()
        outcome: Job | UpstreamError
        status: int | None = None
        try:
            answer = await run_in_daemon(partial(self._reader.read, job_id))
            outcome, status = answer.job, answer.status
        except UpstreamError as error:
            outcome, status = error, error.status
        except Exception as error:
            log.exception("the exporter failed to read a job", account=self.name, job_id=job_id)
            message = f"the exporter failed to read the answer: {type(error).__name__}"
            outcome = InvalidResponse(message)
        finally:
            del self._in_flight[job_id]
        now = self._clock()
        self.tally.count_request(status, now.monotonic - started.monotonic)
        self._record(job_id, outcome, now)

    def _record(self, job_id: int, outcome: Job | UpstreamError, now: Instant) -> None:
        before = self._readings.get(job_id, UNREAD)
        if isinstance(outcome, Job):
            up = True
            reading = succeeded(before, outcome, now, self._refresh)
            if just_ended(before, outcome):
                self._count_end(outcome)
        else:
            up = outcome.api_is_up
            reading = failed(before, outcome, now, self._refresh, self._jitter())
            self.tally.errors[outcome.reason] += 1
        self._readings[job_id] = reading
        self._tell(job_id, before, reading, up=up)
        self._up = up

    def _count_end(self, job: Job) -> None:
        known = job.created is not None and job.completed is not None
        seconds = job.completed - job.created if known else None  # type: ignore[operator]
        self.tally.count_finished(job.state, seconds)
        log.info("job finished", account=self.name, job_id=job.id, state=job.state.value)

    def _tell(self, job_id: int, before: Reading, after: Reading, *, up: bool) -> None:
        """Log what broke and what mended: the API once for an account, a job's own trouble once."""
        tell = log.bind(account=self.name)
        error = after.error
        if error is not None and self._up is not False and not up:
            tell.warning("API cannot be read", reason=error.reason, error=str(error))
        if self._up is False and up:
            tell.info("API can be read again")
        had_own = before.error is not None and before.error.of_one_job
        has_own = error is not None and error.of_one_job
        if has_own and not had_own and error is not None:
            tell.warning("job cannot be read", job_id=job_id, reason=error.reason, error=str(error))
        if had_own and error is None:
            tell.info("job can be read again", job_id=job_id)
        tell.debug("read", job_id=job_id, result="ok" if error is None else error.reason)


async def refresh_all(
    refreshers: Iterable[AccountRefresher], seconds: float, stopping: asyncio.Event
) -> None:
    """Refresh every account side by side, each with the same deadline."""
    await asyncio.gather(*(one.refresh(seconds, stopping) for one in refreshers))
