"""The configuration in force, and its replacement after a reload or a change of a job file.

The new configuration is built beside the old one, and then put in force in one step of the event
loop. So a scrape sees all of the old one or all of the new one, and a failure changes nothing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from exporter.config.job_files import JobFiles, log_changes, patterns_of, reread
from exporter.config.loaded import Load, LoadedConfig
from exporter.config.status import ConfigView
from exporter.jobs.log_ration import LogRation
from exporter.model.errors import ConfigError
from exporter.model.instant import Instant
from exporter.scrape.accounts import Accounts
from exporter.scrape.collector import Collector
from exporter.scrape.file_check import USUAL_TIMEOUTS, FileTimeouts
from exporter.scrape.job_file_check import CheckLog, JobFileCheck, Reread
from exporter.scrape.threads import Threads

log = structlog.get_logger()

T = TypeVar("T")

_LOGGED = 10
"""Most problems of a configuration in one log line; the answer to a reload has them all."""

_RELOADS = 10
"""Reloads that are logged at once. Then one a minute is: anybody may request reloads in a loop."""


class Reloader:
    """Keeps one configuration in force until a reload replaces it. Lives in one event loop.

    `load` loads the configuration again and raises ConfigError; `reread` reads the job files. Both
    run in threads, and `timeouts` says how long to wait for them.
    """

    def __init__(
        self,
        loaded: LoadedConfig,
        load: Load,
        clock: Callable[[], Instant],
        reread: Reread = reread,
        timeouts: FileTimeouts = USUAL_TIMEOUTS,
    ) -> None:
        self.collector = Collector([], clock, loaded.config.scrape_timeout)
        self._load = load
        self._reread = reread
        self._timeouts = timeouts
        self._clock = clock
        self._accounts = Accounts(clock, timeouts)
        self._threads = Threads("load")
        self._job_file_check: JobFileCheck | None = None
        self._check_log = CheckLog()
        self._disliked_labels: tuple[str, ...] = ()
        self._next_reload: asyncio.Task[tuple[str, ...]] | None = None
        self._turn = asyncio.Lock()
        self._log_ration = LogRation(_RELOADS)
        self._last_outcome: object = loaded.config
        log_changes(JobFiles(), loaded.job_files)
        loaded.log_key_files()
        self._put_in_force(loaded)

    def close(self) -> None:
        """Let the connections to the API end with the reads under way."""
        self._accounts.close()

    async def reload(self) -> tuple[str, ...]:
        """Load the configuration again; return its problems. Any problem keeps the old one.

        One load runs at a time. Calls during a load share the next one: the present load may have
        read the files before they were changed.
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
            loaded = await self._loaded()
        except ConfigError as error:
            problems = error.lines()
        except TimeoutError as error:
            problems = (f"the files cannot be read: {error}",)
        except Exception as error:  # the old configuration stays in force
            problems = (f"the exporter failed to load it: {type(error).__name__}",)
            if (more := self._to_log(problems)) is not None:
                log.exception(
                    "the exporter failed to load its configuration, keeping the old one", **more
                )
            return problems
        else:
            self._adopt(loaded)
            return ()
        if (more := self._to_log(problems)) is not None:
            log.error("configuration is bad, keeping the old one", error=_first(problems), **more)
        return problems

    def _to_log(self, outcome: object) -> dict[str, int] | None:
        """Return extra keys for the line, or None to omit it.

        A reload whose outcome differs from the last one always gets a line.
        """
        is_news, self._last_outcome = outcome != self._last_outcome, outcome
        return self._log_ration.take(self._clock().monotonic, in_any_case=is_news)

    async def _loaded(self) -> LoadedConfig:
        """Load the configuration, with changes of job files that a scrape saw during the load."""
        before = self._in_force
        known = before.job_files
        loaded = await self._in_time(partial(self._load, before))
        while self._in_force.job_files is not known:
            known = self._in_force.job_files
            again = partial(self._reread, patterns_of(loaded.config), known)
            loaded = replace(loaded, job_files=await self._in_time(again))
        return loaded

    async def _in_time(self, load: Callable[[], T]) -> T:
        return await self._threads.run(load, self._timeouts.load)

    def _adopt(self, loaded: LoadedConfig) -> None:
        """Put another configuration in force, and log what changes."""
        log_changes(self._in_force.job_files, loaded.job_files)
        loaded.log_key_files(self._in_force)
        loaded.log_tls_files(self._in_force)
        self._put_in_force(loaded)
        if (more := self._to_log(loaded.config)) is not None:
            accounts = loaded.config.accounts
            jobs = sum(len(loaded.jobs_of(account)) for account in accounts)
            log.info("configuration loaded", accounts=len(accounts), jobs=jobs, **more)

    def _put_in_force(self, loaded: LoadedConfig) -> None:
        """Watch what a configuration names. Nothing here waits, so no scrape sees half of it."""
        self._accounts.adopt(loaded)
        self._in_force = loaded
        if self._job_file_check is not None:
            self._job_file_check.end()
        self._job_file_check = JobFileCheck(
            loaded.job_files,
            self._adopt_job_files,
            self._reread,
            self._timeouts,
            self._check_log,
        )
        self.collector.adopt(
            self._accounts.refreshers,
            loaded.config.scrape_timeout,
            ConfigView(self._clock().unix, job_files=loaded.job_files.views()),
            self._job_file_check,
        )
        self._warn_of_labels()

    def _adopt_job_files(self, changed: JobFiles) -> None:
        """Watch the jobs that the changed job files name."""
        log_changes(self._in_force.job_files, changed)
        self._in_force = replace(self._in_force, job_files=changed)
        self._accounts.watch_jobs(self._in_force)
        self.collector.job_files_changed(changed.views())
        self._warn_of_labels()

    def _warn_of_labels(self) -> None:
        """Warn of labels that promtool's lint dislikes, unless the last warning named the same."""
        before = self._disliked_labels
        self._disliked_labels = self._in_force.camel_case_labels()
        if self._disliked_labels and self._disliked_labels != before:
            log.warning(
                "labels in camelCase, which promtool's lint dislikes",
                labels=", ".join(self._disliked_labels),
            )


def _first(problems: tuple[str, ...]) -> str:
    """Return the problems for one log line: the first `_LOGGED`, and the number of the others."""
    more = len(problems) - _LOGGED
    return "; ".join(problems[:_LOGGED]) + (f"; and {more:,} more" if more > 0 else "")
