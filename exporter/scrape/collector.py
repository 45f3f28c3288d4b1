"""The collector: it reads the due jobs of every account, and takes the snapshot to show."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from exporter.config.status import ConfigView, JobFileView
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import AccountView, Snapshot
from exporter.model.instant import Instant
from exporter.scrape.file_check import Check, nothing_to_check
from exporter.scrape.refresh import AccountRefresher, Deferred, refresh_all

PROBED = 10_000
"""Most probed jobs to remember, over all accounts."""


class Collector:
    """Collects from all accounts. Lives in one event loop."""

    def __init__(
        self,
        refreshers: Sequence[AccountRefresher],
        clock: Callable[[], Instant],
        scrape_timeout: float,
    ) -> None:
        self._clock = clock
        self._started_at = clock().unix
        self._stopping = asyncio.Event()
        self._probed: OrderedDict[tuple[Ledger, int], None] = OrderedDict()
        self._took = 0.0
        self.adopt(refreshers, scrape_timeout, ConfigView(self._started_at))

    def adopt(
        self,
        refreshers: Sequence[AccountRefresher],
        scrape_timeout: float,
        config: ConfigView,
        check_files: Check = nothing_to_check,
    ) -> None:
        """Collect from these accounts from now on; a refresh under way shows them too.

        Each refresh first calls `check_files`.
        """
        self._refreshers = {one.ledger.name: one for one in refreshers}
        ledgers = {one.ledger for one in refreshers}
        self._probed = OrderedDict.fromkeys(key for key in self._probed if key[0] in ledgers)
        self.scrape_timeout = scrape_timeout
        self._config = config
        self._check_files = check_files

    def config_failed(self, problems: Sequence[str]) -> None:
        """Let snapshots show that a configuration was refused, and its problems."""
        now = self._clock().unix
        self._config = replace(self._config, failed_at=now, problems=tuple(problems))

    def job_files_changed(self, job_files: Sequence[JobFileView]) -> None:
        """Let snapshots show the job files as they are now."""
        self._config = replace(self._config, job_files=tuple(job_files))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of the accounts."""
        return tuple(self._refreshers)

    @property
    def watched(self) -> int:
        """How many jobs are watched."""
        return sum(len(one.ledger.roster) for one in self._refreshers.values())

    @property
    def unseen(self) -> int:
        """How many jobs are watched, before the first attempt to read any of them; 0 afterwards."""
        rosters = [one.ledger.roster for one in self._refreshers.values()]
        return 0 if any(one.readings for one in rosters) else sum(map(len, rosters))

    @property
    def stopping(self) -> bool:
        """Whether the program is about to end."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End every waiting scrape and probe at once; they answer with the readings so far."""
        self._stopping.set()

    async def done_before_stop(self, work: asyncio.Future[Any]) -> bool:
        """Wait for `work` or the end of the program; tell whether the work is done."""
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        return work.done()

    async def refresh(self, seconds: float) -> None:
        """Read the due jobs, for at most `seconds`. Count the deferred reads."""
        for refresher, deferred in await self._refreshed(seconds):
            _count(refresher, deferred)

    async def refresh_for_page(self, seconds: float) -> None:
        """Read the due jobs as a scrape does, for a person who opens the page.

        Reads left to the next scrape do not count as deferred here.
        """
        await self._refreshed(seconds)

    async def _refreshed(self, seconds: float) -> Iterable[tuple[AccountRefresher, Deferred]]:
        started = self._clock()
        left = await self._left_after_check(seconds)
        refreshers = tuple(self._refreshers.values())
        deferred = await refresh_all(refreshers, left, self._stopping)
        self._took = self._clock().monotonic - started.monotonic
        return zip(refreshers, deferred, strict=True)

    def snapshot(self) -> Snapshot:
        """Return a snapshot of this moment; make no read."""
        now = self._clock()
        accounts = tuple(one.ledger.view(now) for one in self._refreshers.values())
        return self._snapshot(accounts, self._took, now)

    async def probe(self, account: str, job_id: int, seconds: float) -> Snapshot:
        """Read one job of an account if it is due, and return a snapshot of this job alone.

        The job need not be watched. Its reading is kept until `PROBED` other jobs have been probed
        since. Raises KeyError when there is no such account.
        """
        refresher = self._refreshers[account]
        started = self._clock()
        self._remember(refresher.ledger, job_id)
        _count(refresher, await refresher.probe(job_id, seconds, self._stopping))
        now = self._clock()
        took = now.monotonic - started.monotonic
        return self._snapshot((refresher.ledger.view_of(job_id, now),), took, now)

    def _remember(self, ledger: Ledger, job_id: int) -> None:
        ledger.roster.probe(job_id)
        self._probed[(ledger, job_id)] = None
        self._probed.move_to_end((ledger, job_id))
        if len(self._probed) > PROBED:
            (its, oldest), _ = self._probed.popitem(last=False)
            its.forget(oldest)

    async def _left_after_check(self, seconds: float) -> float:
        """Check the job files, and return the seconds that are left."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._check_files(seconds)
        return max(0.0, seconds - (loop.time() - began))

    def _snapshot(
        self, accounts: tuple[AccountView, ...], seconds: float, now: Instant
    ) -> Snapshot:
        return Snapshot(
            accounts=accounts,
            taken_at=now.unix,
            monotonic=now.monotonic,
            collect_seconds=seconds,
            started_at=self._started_at,
            config=self._config,
        )


def _count(refresher: AccountRefresher, deferred: Deferred) -> None:
    refresher.ledger.counters.deferred[deferred.cause] += deferred.reads
