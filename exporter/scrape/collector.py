"""A scrape: refresh what is due in every account, then take the snapshot that is shown."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from exporter.config.status import ConfigView, JobFileView
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import AccountView, Snapshot
from exporter.model.instant import Instant
from exporter.scrape.refresh import AccountRefresher, PutOff, refresh_all

PROBED = 10_000
"""So many probed jobs are remembered, of all accounts together."""

CheckFiles = Callable[[float], Awaitable[None]]
"""Check for changed files, for at most so many seconds."""


async def _nothing_to_check(_: float) -> None:
    pass


class Collector:
    """All accounts together. Lives in one event loop. `check_files` goes before each collection."""

    def __init__(
        self,
        refreshers: Sequence[AccountRefresher],
        clock: Callable[[], Instant],
        scrape_timeout: float,
        check_files: CheckFiles = _nothing_to_check,
    ) -> None:
        self._clock = clock
        self._started_at = clock().unix
        self._check_files = check_files
        self._stopping = asyncio.Event()
        self._probed: OrderedDict[tuple[Ledger, int], None] = OrderedDict()
        self._took = 0.0
        self.adopt(refreshers, scrape_timeout, ConfigView(self._started_at))

    def adopt(
        self, refreshers: Sequence[AccountRefresher], scrape_timeout: float, config: ConfigView
    ) -> None:
        """Collect these accounts from now on; a collection under way shows them too."""
        self._refreshers = {one.ledger.name: one for one in refreshers}
        ledgers = {one.ledger for one in refreshers}
        self._probed = OrderedDict.fromkeys(key for key in self._probed if key[0] in ledgers)
        self.scrape_timeout = scrape_timeout
        self._config = config

    def config_failed(self, problems: Sequence[str]) -> None:
        """Show that a configuration was refused, and why."""
        now = self._clock().unix
        self._config = replace(self._config, failed_at=now, problems=tuple(problems))

    def job_files_changed(self, job_files: Sequence[JobFileView]) -> None:
        """Show the job files as they are now."""
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
        """How many jobs are watched, while none was ever attempted; else 0."""
        rosters = [one.ledger.roster for one in self._refreshers.values()]
        return 0 if any(one.readings for one in rosters) else sum(map(len, rosters))

    @property
    def stopping(self) -> bool:
        """Whether the program is about to end."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Let every collection that waits for the API answer at once with what is known."""
        self._stopping.set()

    async def done_before_stop(self, work: asyncio.Future[Any]) -> bool:
        """Wait for some work, but not into the end of the program; return whether it is done."""
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        return work.done()

    async def refresh(self, seconds: float) -> None:
        """Read what is due, for at most so many seconds.

        What is due and could not be started is counted as put off.
        """
        for refresher, put_off in await self._refreshed(seconds):
            _count(refresher, put_off)

    async def refresh_for_page(self, seconds: float) -> None:
        """Do the same for a person who looks: what waits for the next scrape is not put off."""
        await self._refreshed(seconds)

    async def _refreshed(self, seconds: float) -> Iterable[tuple[AccountRefresher, PutOff]]:
        started = self._clock()
        left = await self._left_after_check(seconds)
        refreshers = tuple(self._refreshers.values())
        put_off = await refresh_all(refreshers, left, self._stopping)
        self._took = self._clock().monotonic - started.monotonic
        return zip(refreshers, put_off, strict=True)

    def snapshot(self) -> Snapshot:
        """Return what is known now, without a read."""
        now = self._clock()
        accounts = tuple(one.ledger.view(now) for one in self._refreshers.values())
        return self._snapshot(accounts, self._took, now)

    async def probe(self, account: str, job_id: int, seconds: float) -> Snapshot:
        """Read one job of an account if it is due, and return what is known of it alone.

        The job need not be watched; what is known of it is remembered until `PROBED` others were
        asked for since. Raises KeyError when there is no such account.
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
        """Look first, and return the seconds that are left of these."""
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


def _count(refresher: AccountRefresher, put_off: PutOff) -> None:
    refresher.ledger.counters.deferred[put_off.cause] += put_off.reads
