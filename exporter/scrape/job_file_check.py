"""The check for changed job files at the start of each scrape."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import structlog

from exporter.config.job_files import JobFiles
from exporter.scrape.file_check import FileCheck, FileTimeouts
from exporter.scrape.threads import Threads

log = structlog.get_logger()

Reread = Callable[[Iterable[Path], JobFiles], JobFiles]
"""Reads the job files of some patterns. Returns the known `JobFiles` if none has changed."""


class CheckLog:
    """Logs once that checks of the job files fail, and once that they work again."""

    def __init__(self) -> None:
        self._failing = False

    def failed(self, error: Exception) -> None:
        """Log the failure of a check, unless the last check failed too."""
        if not self._failing and isinstance(error, TimeoutError):
            log.warning("job files hang, keeping their known jobs", error=str(error))
        elif not self._failing:
            log.error("the exporter failed to read the job files", exc_info=error)
        self._failing = True

    def worked(self) -> None:
        """Log that a check worked, if the last one failed."""
        if self._failing:
            log.info("the exporter can read the job files again")
        self._failing = False


class JobFileCheck:
    """Checks the job files of one loaded configuration, one check at a time, in one event loop.

    `known` are the files at the last check; `changed` is called with the new files when they
    differ. The checks of all configurations share a `check_log`.
    """

    def __init__(
        self,
        known: JobFiles,
        changed: Callable[[JobFiles], None],
        reread: Reread,
        timeouts: FileTimeouts,
        check_log: CheckLog,
    ) -> None:
        self._known = known
        self._changed = changed
        self._reread = reread
        self._timeouts = timeouts
        self._log = check_log
        self._threads = Threads("read", most_late=1)
        self._file_check = FileCheck(self._check, timeouts.scrape)
        self._ended = False

    def end(self) -> None:
        """Stop reporting changes: another configuration is in force."""
        self._ended = True

    async def __call__(self, seconds: float) -> None:
        """Check the files, for at most `seconds`, or until the check is `timeouts.scrape` old."""
        if self._known.matches:
            await self._file_check(seconds)

    async def _check(self) -> None:
        try:
            seen = await self._threads.run(
                partial(self._reread, self._known.matches, self._known), self._timeouts.load
            )
        except Exception as error:  # noqa: BLE001  logged; the files stay as they were
            self._log.failed(error)
        else:
            self._log.worked()
            if seen is not self._known and not self._ended:
                self._known = seen
                self._changed(seen)
