"""Due → read → record: how a scrape or a probe reads the jobs of one account.

Everything here runs in one event loop, so there are no locks; only the reads block, in threads.
There is no background work: jobs are read only when a scrape or a probe comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from exporter.jobs.due import DueReads
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import Failure, InvalidResponse
from exporter.model.instant import Instant
from exporter.quota.budget import AHEAD
from exporter.scrape.file_check import Check, nothing_to_check
from exporter.scrape.next_read import NextRead
from exporter.scrape.probe_queue import ProbeQueue
from exporter.scrape.timeout import Deadline

Read = Callable[[int], Awaitable[Answer | Failure]]
"""Read one job: the API's answer, or how the read failed."""


class Deferred(NamedTuple):
    """How many due reads a scrape did not start, and why (the label `cause` of the metric)."""

    reads: int
    cause: str


class AccountRefresher:
    """Reads the jobs of one account for scrapes and probes, `concurrency` at a time.

    `read` reads one job; `clock` returns the time. `check_key`, at the start of each scrape and
    probe, looks for another key.
    """

    def __init__(
        self,
        ledger: Ledger,
        read: Read,
        *,
        concurrency: int,
        clock: Callable[[], Instant],
        check_key: Check = nothing_to_check,
    ) -> None:
        self.ledger = ledger
        self._read = read
        self._concurrency = concurrency
        self._clock = clock
        self._check_key = check_key
        self._in_flight: dict[int, asyncio.Task[None]] = {}
        self._next_read = NextRead(ledger, self._in_flight, concurrency)
        self._queue = ProbeQueue()
        self._of_probes: set[int] = set()
        self._scrapes = 0
        self._counted: tuple[object, int] = (None, 0)

    def adopt(self, read: Read, concurrency: int) -> None:
        """Use another `read` and `concurrency` from now on; reads under way go on unchanged."""
        self._read = read
        self._concurrency = self._next_read.concurrency = concurrency

    async def refresh(self, seconds: float, stopping: asyncio.Event) -> Deferred:
        """Read the due jobs until all are read, `seconds` have passed or `stopping` is set.

        Return at once if no read may start, and soon if the API may not answer. Reads still in
        flight then go on, and are recorded when they end. Overlapping scrapes share reads: no job
        is in flight twice.
        """
        deadline = Deadline(seconds)
        await self._check_key(seconds)
        asked = self._clock()
        due_reads = self._next_read.due(asked)
        stop = asyncio.ensure_future(stopping.wait())
        self._scrapes += 1
        try:
            self._start(due_reads, asked)
            while not stopping.is_set() and (reads := self._awaited(due_reads)):
                if not await self._wait((*reads, stop), deadline):
                    break
                if not stopping.is_set():
                    self._start(due_reads, asked)
        finally:
            self._scrapes -= 1
            stop.cancel()
        self.ledger.note_block(self._clock())
        return self._deferred(due_reads)

    async def probe(self, job_id: int, seconds: float, stopping: asyncio.Event) -> Deferred:
        """Read one job if it is due, within the same limits as `refresh`.

        If the budget is short, or it is not a stranger's turn, leave the read to the next scrape.
        """
        deadline = Deadline(seconds)
        await self._check_key(seconds)
        asked = self._clock()
        stop = asyncio.ensure_future(stopping.wait())
        self._queue.arrive(job_id)
        try:
            while not stopping.is_set() and (sign := self._queue_up(job_id, asked)):
                if not await self._wait((sign, stop), deadline):
                    break
        finally:
            stop.cancel()
            self._queue.depart(job_id)
        now = self._clock()
        wanted = self._next_read.wanted(job_id, now)
        cause = self.ledger.permits.cause(now)
        if wanted:
            self.ledger.roster.defer(job_id, now)
            if cause == "deadline" and not self._next_read.may_go(job_id, now):
                cause = "budget"
        return Deferred(int(wanted), cause)

    def _queue_up(self, job_id: int, asked: Instant) -> asyncio.Future[Any] | None:
        """Return what a probe waits for: its read, or a slot for it. None: neither will come."""
        now = self._clock()
        is_next = not self.ledger.permits.is_short(now) and self._has_a_turn(job_id, now)
        if is_next and self._next_read.wanted(job_id, now):
            self._queue.enter(job_id, asked)
        self._serve_queue()
        if read := self._in_flight.get(job_id):
            return read
        return (
            self._queue.leaving(job_id) if is_next and not self.ledger.permits.halted(now) else None
        )

    def _has_a_turn(self, job_id: int, now: Instant) -> bool:
        """Tell whether a probe's read may start now, or between the reads of a scrape."""
        return self._scrapes > 0 or self._next_read.may_go(job_id, now)

    async def _wait(self, signs: Iterable[asyncio.Future[Any]], deadline: Deadline) -> bool:
        """Wait for any of `signs`, at most `AHEAD` seconds; return False if no time was left."""
        seconds = deadline.left(doubtful=self.ledger.permits.doubtful(self._clock()))
        if seconds <= 0:
            return False
        await asyncio.wait(signs, timeout=min(seconds, AHEAD), return_when=asyncio.FIRST_COMPLETED)
        return True

    def _awaited(self, due_reads: DueReads) -> list[asyncio.Task[None]]:
        """Return the reads that a scrape waits for: its own, or all while it needs a slot."""
        if due_reads and not self.ledger.permits.halted(self._clock()):
            return list(self._in_flight.values())
        is_watched = self.ledger.roster.is_watched
        return [task for job_id, task in self._in_flight.items() if is_watched(job_id)]

    def _deferred(self, due_reads: DueReads) -> Deferred:
        """Return the reads that a scrape leaves to the next; overlapping scrapes share some.

        Reads for probes do not count here: each probe counts its own.
        """
        now = self._clock()
        reads = self._rest(due_reads, now)
        cause = self.ledger.permits.cause(now)
        self.ledger.permits.note_shortage(now, reads if cause == "budget" else 0)
        return Deferred(reads, cause)

    def _rest(self, due_reads: DueReads, now: Instant) -> int:
        """Count the due reads that did not start; scrapes that end together count them once."""
        state = (due_reads, len(due_reads), len(self._in_flight), self.ledger.roster.changes)
        if state != self._counted[0]:
            wanted = [job_id for job_id in due_reads.rest() if self._next_read.wanted(job_id, now)]
            self._counted = (state, len(wanted))
        return self._counted[1]

    def _start(self, due_reads: DueReads, asked: Instant) -> None:
        """Start due reads, as many as may start now."""
        now = self._clock()
        while self._has_room(now):
            job_id = self._next_read.for_scrape(due_reads, now)
            if job_id is None:
                return
            if self._next_read.wanted(job_id, now):
                self._launch(job_id, asked, now)

    def _has_room(self, now: Instant) -> bool:
        return self.ledger.permits.room(now, self._concurrency) > 0

    def _launch(self, job_id: int, asked: Instant, now: Instant) -> None:
        roster = self.ledger.roster
        watched, new = roster.is_watched(job_id), roster.is_new(job_id)
        self.ledger.permits.start(now, watched=watched, new=new)
        self._in_flight[job_id] = asyncio.create_task(self._attempt(job_id, asked, now))
        self._queue.leave(job_id)

    def _serve_queue(self) -> None:
        """Start the probes' reads, as many as may start now, the longest waiting first.

        While a scrape reads, half of the slots are reserved for it.
        """
        now = self._clock()
        while self._queue and self._has_room(now):
            at_most = max(1, self._concurrency // (2 if self._scrapes else 1))
            if len(self._of_probes & self._in_flight.keys()) >= at_most:
                return
            job_id = self._next_read.for_probe(self._queue, now)
            if job_id is None:
                return
            if self._next_read.wanted(job_id, now):
                self._of_probes.add(job_id)
                self._launch(job_id, self._queue.asked(job_id, now), now)
            else:
                self._queue.leave(job_id)

    async def _attempt(self, job_id: int, asked: Instant, started: Instant) -> None:
        """Read a job once, and record the attempt."""
        result: Answer | Failure
        era = self.ledger.era
        try:
            result = await self._read(job_id)
        except Exception as error:  # noqa: BLE001  logged with its traceback, and counted
            self.ledger.log.fault(job_id, self._clock())
            message = f"the exporter failed to read the answer: {type(error).__name__}"
            result = InvalidResponse(message)
        finally:
            del self._in_flight[job_id]
            self._of_probes.discard(job_id)
        self.ledger.record(Attempt(job_id, asked, started, self._clock(), result, era))
        if self._queue:
            self._serve_queue()


async def refresh_all(
    refreshers: Iterable[AccountRefresher], seconds: float, stopping: asyncio.Event
) -> list[Deferred]:
    """Refresh all accounts at once, with one deadline; return the deferred reads of each."""
    return await asyncio.gather(*(one.refresh(seconds, stopping) for one in refreshers))
