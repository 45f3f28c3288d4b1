"""What is watched now, and how that changes: by a reload, or by what stands in the job files.

What is new is built first, beside what runs, and then put in force in one step of the event loop:
a scrape sees all of the old or all of the new, and whatever fails on the way changes nothing.
"""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import structlog

from exporter.budget import make_budget
from exporter.client import Client
from exporter.collector import Collector
from exporter.config import Account
from exporter.errors import ConfigError
from exporter.instant import Instant
from exporter.job_files import JobFiles, look, tell
from exporter.ledger import Ledger
from exporter.refresh import AccountRefresher
from exporter.secret import Secret
from exporter.setup import Load, Setup
from exporter.snapshot import ConfigView
from exporter.threads import in_daemon, run_in_daemon

log = structlog.get_logger()

LOOK = 1.0
"""Seconds that a scrape waits for the job files; a file system that hangs must not hold it."""

_TOLD = 10
"""So many problems of a configuration are logged; the answer to a reload has them all."""


class _Running(NamedTuple):
    """An account that is watched: what reads it, for which API, and the key it began with."""

    base_url: str
    key: Secret
    client: Client
    refresher: AccountRefresher


class Watching:
    """Watches what a setup says, until another one is put in force. Lives in one event loop.

    `load` loads the setup anew and raises ConfigError, `look` looks at the job files; both run in a
    thread, as they read files.
    """

    def __init__(
        self,
        setup: Setup,
        load: Load,
        clock: Callable[[], Instant],
        look: Callable[[Iterable[Path], JobFiles], JobFiles] = look,
    ) -> None:
        self.collector = Collector([], clock, setup.config.scrape_timeout, self._look)
        self._load = load
        self._look_at = look
        self._clock = clock
        self._running: Mapping[str, _Running] = {}
        self._looking: asyncio.Task[None] | None = None
        self._look_failed = False
        self._next_reload: asyncio.Task[tuple[str, ...]] | None = None
        self._turn = asyncio.Lock()
        tell(JobFiles(), setup.job_files)
        self._put_in_force(setup)

    def close(self) -> None:
        """Give the connections to the API back."""
        for running in self._running.values():
            running.client.close()

    async def reload(self) -> tuple[str, ...]:
        """Load everything anew; return what is wrong, in which case all stays as it was.

        One load runs at a time. Those who ask while one is under way share the next: what they have
        written may have come too late for the first.
        """
        if self._next_reload is None:
            self._next_reload = asyncio.create_task(self._reload_in_turn())
        return await asyncio.shield(self._next_reload)

    async def _reload_in_turn(self) -> tuple[str, ...]:
        async with self._turn:
            self._next_reload = None
            problems = await self._reload_now()
        if problems:
            self.collector.config_failed(problems)
        return problems

    async def _reload_now(self) -> tuple[str, ...]:
        try:
            setup = await run_in_daemon(partial(self._load, self._setup.job_files))
        except ConfigError as error:
            problems = error.lines()
            log.error(  # noqa: TRY400  a user's mistake has no traceback
                "configuration is bad, the old one stays", error=_some(problems)
            )
            return problems
        except Exception as error:  # what runs goes on
            log.exception("the exporter failed to load its configuration, the old one stays")
            return (f"the exporter failed to load it: {type(error).__name__}",)
        tell(self._setup.job_files, setup.job_files)
        self._put_in_force(setup)
        jobs = sum(len(setup.jobs_of(account)) for account in setup.config.accounts)
        log.info("configuration loaded", accounts=len(self._running), jobs=jobs)
        return ()

    def _put_in_force(self, setup: Setup) -> None:
        """Watch what a setup says; nothing here waits, so nobody sees half of it."""
        before, self._setup = self._running, setup
        self._running = {
            account.name: self._taken_over(before.get(account.name), account)
            for account in setup.config.accounts
        }
        for old in before.values():
            old.client.close()  # a read that is under way with it goes on
        self.collector.adopt(
            [running.refresher for running in self._running.values()],
            setup.config.scrape_timeout,
            ConfigView(self._clock().unix, job_files=setup.job_files.views()),
        )

    def _taken_over(self, old: _Running | None, account: Account) -> _Running:
        """Return an account as it is watched now, with all that is known of it.

        At another address there is another API: what is known of jobs by these ids is not of it.
        """
        setup, now = self._setup, self._clock()
        refresh, statuses = setup.config.refresh, setup.config.statuses
        source, key = setup.keys[account.name]
        client = Client(account, source, refresh, statuses)
        if old is None or old.base_url != account.base_url:
            return _Running(account.base_url, key, client, self._make(account, client))
        ledger = old.refresher.ledger
        ledger.watch(setup.jobs_of(account))
        ledger.adopt(refresh, account.quota, statuses, now)
        if key != (old.client.key_sent or old.key):
            ledger.with_another_key(now)
        old.refresher.adopt(in_daemon(client.read), refresh.concurrency)
        return _Running(account.base_url, key, client, old.refresher)

    def _make(self, account: Account, client: Client) -> AccountRefresher:
        refresh = self._setup.config.refresh
        ledger = Ledger(
            account.name,
            self._setup.jobs_of(account),
            refresh=refresh,
            budget=make_budget(account.quota),
            jitter=random.random,
        )
        return AccountRefresher(
            ledger, in_daemon(client.read), concurrency=refresh.concurrency, clock=self._clock
        )

    async def _look(self, seconds: float) -> None:
        """Look whether the job files have changed; for at most so many seconds, and `LOOK`.

        A look that takes longer goes on, and what it sees counts from the next scrape on.
        """
        if not self._setup.job_files.matches:
            return
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_now())
        await asyncio.wait([self._looking], timeout=min(seconds, LOOK))

    async def _look_now(self) -> None:
        setup = self._setup
        known = setup.job_files
        try:
            seen = await run_in_daemon(partial(self._look_at, known.matches, known))
        except Exception:
            if not self._look_failed:
                log.exception("the exporter failed to look at the job files")
            self._look_failed = True
        else:
            if self._look_failed:
                log.info("the exporter can look at the job files again")
            self._look_failed = False
            if seen is not known and self._setup is setup:
                self._take_up(seen)
        finally:
            self._looking = None

    def _take_up(self, seen: JobFiles) -> None:
        """Watch what stands in the job files now."""
        tell(self._setup.job_files, seen)
        self._setup = replace(self._setup, job_files=seen)
        for account in self._setup.config.accounts:
            self._running[account.name].refresher.ledger.watch(self._setup.jobs_of(account))
        self.collector.job_files_changed(seen.views())


def _some(problems: tuple[str, ...]) -> str:
    """Return as many problems as a line of the log takes."""
    more = len(problems) - _TOLD
    return "; ".join(problems[:_TOLD]) + (f"; and {more:,} more" if more > 0 else "")
