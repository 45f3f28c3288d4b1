"""What is watched now, and how that changes: by a reload, or by what stands in the job files.

What is new is built first, beside what runs, and then put in force in one step of the event loop:
a scrape sees all of the old or all of the new, and whatever fails on the way changes nothing.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from exporter.config.job_files import JobFiles, patterns_of, reread, tell
from exporter.config.labels import disliked_labels
from exporter.config.loaded import Load, LoadedConfig
from exporter.config.status import ConfigView
from exporter.jobs.log_ration import LogRation
from exporter.model.errors import ConfigError
from exporter.model.instant import Instant
from exporter.scrape.accounts import Accounts
from exporter.scrape.collector import Collector
from exporter.scrape.threads import Threads

log = structlog.get_logger()

T = TypeVar("T")

_TOLD = 10
"""So many problems of a configuration are logged; the answer to a reload has them all."""

_RELOADS = 10
"""So many reloads at once are logged, and then one a minute: anybody may ask in a loop."""

MOST_LATE = 8
"""While so many loads hang, in a file system that nothing can stop, no further one is begun."""


class Patience(NamedTuple):
    """For how many seconds files are waited for."""

    load: float = 30.0
    """By a reload; and job files that take longer to look at are told to hang."""
    reread: float = 1.0
    """By scrapes, for one look at the job files; a file system that hangs must hold none."""


USUAL = Patience()


class _Rereading(NamedTuple):
    """A look at the job files that is under way, and when it began (by the event loop)."""

    task: asyncio.Task[None]
    since: float


class Reloader:
    """Watches what a setup says, until another one is put in force. Lives in one event loop.

    `load` loads the setup anew and raises ConfigError, `look` looks at the job files; both run in a
    thread, as they read files, with which `patience` is had.
    """

    def __init__(
        self,
        loaded: LoadedConfig,
        load: Load,
        clock: Callable[[], Instant],
        reread: Callable[[Iterable[Path], JobFiles], JobFiles] = reread,
        patience: Patience = USUAL,
    ) -> None:
        self.collector = Collector([], clock, loaded.config.scrape_timeout, self._check_files)
        self._load = load
        self._reread = reread
        self._patience = patience
        self._clock = clock
        self._accounts = Accounts(clock)
        self._loads = Threads("load", MOST_LATE)
        self._rereading: _Rereading | None = None
        self._reread_failed = False
        self._disliked: tuple[str, ...] = ()
        self._next_reload: asyncio.Task[tuple[str, ...]] | None = None
        self._turn = asyncio.Lock()
        self._log_ration = LogRation(_RELOADS)
        self._last_outcome: object = loaded.config
        tell(JobFiles(), loaded.job_files)
        loaded.take_over()
        self._put_in_force(loaded)

    def close(self) -> None:
        """Give the connections to the API back."""
        self._accounts.close()

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
            loaded = await self._loaded()
        except ConfigError as error:
            problems = error.lines()
        except TimeoutError as error:
            problems = (f"the files cannot be read: {error}",)
        except Exception as error:  # what runs goes on
            problems = (f"the exporter failed to load it: {type(error).__name__}",)
            if (more := self._to_tell(problems)) is not None:
                log.exception(
                    "the exporter failed to load its configuration, the old one stays", **more
                )
            return problems
        else:
            tell(self._loaded_config.job_files, loaded.job_files)
            loaded.take_over(self._loaded_config)
            self._put_in_force(loaded)
            if (more := self._to_tell(loaded.config)) is not None:
                accounts = loaded.config.accounts
                jobs = sum(len(loaded.jobs_of(account)) for account in accounts)
                log.info("configuration loaded", accounts=len(accounts), jobs=jobs, **more)
            return ()
        if (more := self._to_tell(problems)) is not None:
            log.error("configuration is bad, the old one stays", error=_some(problems), **more)
        return problems

    def _to_tell(self, outcome: object) -> dict[str, int] | None:
        """Return what is to be added to the line of a reload, None where it is to be left out.

        An outcome other than the last one is told in any case.
        """
        is_news, self._last_outcome = outcome != self._last_outcome, outcome
        return self._log_ration.take(self._clock().monotonic, in_any_case=is_news)

    async def _loaded(self) -> LoadedConfig:
        """Load the setup, with what a scrape saw meanwhile in the job files."""
        known = self._loaded_config.job_files
        loaded = await self._in_time(partial(self._load, known))
        while self._loaded_config.job_files is not known:
            known = self._loaded_config.job_files
            again = partial(self._reread, patterns_of(loaded.config), known)
            loaded = replace(loaded, job_files=await self._in_time(again))
        return loaded

    async def _in_time(self, load: Callable[[], T]) -> T:
        return await self._loads.run(load, self._patience.load)

    def _put_in_force(self, loaded: LoadedConfig) -> None:
        """Watch what a setup says; nothing here waits, so nobody sees half of it."""
        self._accounts.adopt(loaded)
        self._loaded_config, self._rereading = loaded, None
        self._rereads = Threads("read", most_late=1)  # one that hangs is at the files of before
        self.collector.adopt(
            self._accounts.refreshers,
            loaded.config.scrape_timeout,
            ConfigView(self._clock().unix, job_files=loaded.job_files.views()),
        )
        self._tell_labels()

    async def _check_files(self, seconds: float) -> None:
        """Look whether the job files have changed; wait for it so many seconds at most.

        A look is waited for until it is `patience.look` old. One that takes longer goes on, and
        what it sees counts from the next scrape on.
        """
        if not self._loaded_config.job_files.matches:
            return
        now = asyncio.get_running_loop().time()
        if self._rereading is None:
            self._rereading = _Rereading(asyncio.create_task(self._reread_now()), now)
        left = min(seconds, self._rereading.since + self._patience.reread - now)
        if left > 0:
            await asyncio.wait([self._rereading.task], timeout=left)

    async def _reread_now(self) -> None:
        loaded = self._loaded_config
        known = loaded.job_files
        rereading = partial(self._reread, known.matches, known)
        try:
            seen = await self._rereads.run(rereading, self._patience.load)
        except TimeoutError as error:
            if not self._reread_failed:
                log.warning("job files hang, their jobs stay as they were", error=str(error))
            self._reread_failed = True
        except Exception:
            if not self._reread_failed:
                log.exception("the exporter failed to look at the job files")
            self._reread_failed = True
        else:
            if self._reread_failed:
                log.info("the exporter can look at the job files again")
            self._reread_failed = False
            if seen is not known and self._loaded_config is loaded:
                self._take_up(seen)
        finally:
            if self._rereading and self._rereading.task is asyncio.current_task():
                self._rereading = None

    def _take_up(self, seen: JobFiles) -> None:
        """Watch what stands in the job files now."""
        tell(self._loaded_config.job_files, seen)
        self._loaded_config = replace(self._loaded_config, job_files=seen)
        self._accounts.watch_jobs(self._loaded_config)
        self.collector.job_files_changed(seen.views())
        self._tell_labels()

    def _tell_labels(self) -> None:
        """Log which labels promtool's lint dislikes, unless they are those of the last time."""
        before, self._disliked = self._disliked, disliked_labels(self._loaded_config.all_jobs())
        if self._disliked and self._disliked != before:
            log.warning(
                "labels in camelCase, which promtool's lint dislikes",
                labels=", ".join(self._disliked),
            )


def _some(problems: tuple[str, ...]) -> str:
    """Return as many problems as a line of the log takes."""
    more = len(problems) - _TOLD
    return "; ".join(problems[:_TOLD]) + (f"; and {more:,} more" if more > 0 else "")
