"""Due → read → record: how readings come to be, when somebody scrapes.

Everything here runs in one event loop, so nothing is locked; only the reads themselves wait in
threads. Nothing runs by itself: what is due is worked out when a scrape asks.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Protocol

from exporter.client import Answer
from exporter.config import Refresh, WatchedJob
from exporter.errors import InvalidResponse, UpstreamError
from exporter.events import Events
from exporter.health import ENOUGH, Health
from exporter.job import Job
from exporter.snapshot import AccountView, JobView
from exporter.tally import Tally
from exporter.threads import run_in_daemon
from exporter.watch import (
    UNREAD,
    Instant,
    Pending,
    Reading,
    due,
    failed,
    is_due,
    just_ended,
    succeeded,
)


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
        self._health = Health()
        self._events = Events(name)

    def view(self, now: Instant) -> AccountView:
        """Return what is known of the account and its jobs."""
        return AccountView(
            name=self.name,
            jobs=tuple(self._view(job, now) for job in self._jobs.values()),
            up=self._health.up,
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

    async def refresh(self, seconds: float, stopping: asyncio.Event) -> int:
        """Read what is due, and return when it is read, `seconds` have passed or all is stopping.

        Reads that are not back by then go on and are recorded when they come. Returns how many
        could not be started. Calls that overlap share reads: a job is in flight once.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        asked = self._clock()
        pending = Pending(due(self._readings, self._jobs, asked), self._readings)
        stop = asyncio.ensure_future(stopping.wait())
        try:
            self._start(pending, asked)
            while self._in_flight and not stopping.is_set():
                left = deadline - loop.time()
                if left <= 0:
                    break
                reads = self._in_flight.values()
                await asyncio.wait(
                    (*reads, stop), timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                if not stopping.is_set():
                    self._start(pending, asked)
        finally:
            stop.cancel()
        return sum(map(self._wanted, pending.rest()))

    def _wanted(self, job_id: int) -> bool:
        """Tell whether a job is still to be read: another scrape may have seen to it."""
        reading = self._readings.get(job_id, UNREAD)
        return job_id not in self._in_flight and is_due(reading, self._clock())

    def _start(self, pending: Pending, asked: Instant) -> None:
        """Start as many of the pending reads as may be in flight at once.

        Jobs that failed before have at most half of the slots, and at least one.
        """
        slots = self._refresh.concurrency
        while len(self._in_flight) < slots:
            retried = sum(map(self._failing, self._in_flight))
            job_id = pending.next(retry=retried < max(1, slots // 2))
            if job_id is None:
                return
            if self._wanted(job_id):
                self._in_flight[job_id] = asyncio.create_task(self._read(job_id, asked))

    def _failing(self, job_id: int) -> bool:
        return self._readings.get(job_id, UNREAD).failures > 0

    async def _read(self, job_id: int, asked: Instant) -> None:
        """Make one attempt and record what came of it."""
        started = self._clock()
        outcome: Job | UpstreamError
        status: int | None = None
        try:
            answer = await run_in_daemon(partial(self._reader.read, job_id))
            outcome, status = answer.job, answer.status
        except UpstreamError as error:
            outcome, status = error, error.status
        except Exception as error:  # noqa: BLE001  told with its traceback, and counted
            self._events.fault(job_id)
            message = f"the exporter failed to read the answer: {type(error).__name__}"
            outcome = InvalidResponse(message)
        finally:
            del self._in_flight[job_id]
        now = self._clock()
        if isinstance(outcome, Job) or outcome.sent:
            self.tally.count_request(status, now.monotonic - started.monotonic)
        if isinstance(outcome, Job):
            self._record_job(job_id, outcome, asked, now)
        else:
            self._record_failure(job_id, outcome, now)

    def _record_job(self, job_id: int, job: Job, asked: Instant, now: Instant) -> None:
        before = self._readings.get(job_id, UNREAD)
        self._readings[job_id] = succeeded(before, job, asked, now, self._refresh)
        if just_ended(before, job):
            self.tally.count_finished(job.state, job.duration)
            self._events.finished(job)
        self._tell(job_id, None, self._health.after_answer())

    def _record_failure(self, job_id: int, error: UpstreamError, now: Instant) -> None:
        before = self._readings.get(job_id, UNREAD)
        self._readings[job_id] = failed(before, error, now, self._refresh, self._jitter())
        self.tally.errors[error.reason] += 1
        still_read = (one for one in self._jobs if not self._readings.get(one, UNREAD).finished)
        unfinished = len(list(islice(still_read, ENOUGH)))
        self._tell(job_id, error, self._health.after_failure(job_id, error, unfinished))

    def _tell(self, job_id: int, error: UpstreamError | None, health: Health) -> None:
        before, self._health = self._health, health
        self._events.read(job_id, error, before, health)


async def refresh_all(
    refreshers: Iterable[AccountRefresher], seconds: float, stopping: asyncio.Event
) -> list[int]:
    """Refresh every account side by side, with one deadline; return what each put off."""
    return await asyncio.gather(*(one.refresh(seconds, stopping) for one in refreshers))
