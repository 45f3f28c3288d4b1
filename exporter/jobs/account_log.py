"""The log lines about an account's reads: one when reads begin to fail, one when they recover."""

from collections import defaultdict
from collections.abc import Callable, Collection

import structlog

from exporter.config.sections import WatchedJob
from exporter.jobs.api_health import ApiHealth
from exporter.jobs.log_ration import LogRation
from exporter.model.duration import format_duration
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant, rfc3339
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import OF_THE_API, Block, Cause

_SHORT = 90.0
"""Seconds. A shorter block is not logged; the metrics show every block."""


class AccountLog:
    """Logs each change of one account once.

    `watched` returns a watched job by its id, None for any other. Anybody can probe for any id. So
    lines about jobs that are not watched are rationed: at most one of each kind a minute, except
    those of jobs that were seen to end.

    A failed job is logged once it is certain that the API is not the cause: the first jobs that
    fail in an outage get no lines.
    """

    def __init__(self, account: str, watched: Callable[[int], WatchedJob | None]) -> None:
        self._watched = watched
        self._rations: defaultdict[str, LogRation] = defaultdict(LogRation)
        self._log = structlog.get_logger().bind(account=account)
        self._down: dict[Cause, float] = {}
        self._stopped: Block | None = None
        self._heard = False
        self._doubted: dict[int, Failure] = {}
        self._broken: set[int] = set()
        self._faulty: set[int] = set()
        self._unreadable: dict[int, tuple[str, ...]] = {}

    def read(
        self,
        job_id: int,
        error: Failure | None,
        health: ApiHealth,
        now: Instant,
        *,
        gone: bool = False,
    ) -> None:
        """Log what a read of a job changed; `error` is None when the read succeeded.

        A job that went during the read (`gone`) gets no line: no later line would say that the
        trouble is over.
        """
        if gone:
            self.forget({job_id})
        else:
            self._note(job_id, error)
        if health.up is False:
            self._doubted.clear()
        elif not health.suspects:
            self._log_broken(now)
        result = "ok" if error is None else error.reason
        self._log.debug("read", **self._who(job_id), result=result)

    def api(
        self, error: Failure | None, health: ApiHealth, block: Block | None, now: Instant
    ) -> None:
        """Log whether the account's API can be read, after a read that changed that.

        Each cause for which it cannot be read is logged once.
        """
        self._heard = True
        if error is not None and health.up is False:
            is_its = block is not None and block.cause in OF_THE_API
            cause = block.cause if block is not None and is_its else Cause.UNREACHABLE
            known = cause in self._down
            self._down[cause] = self._down.pop(cause, now.unix)
            if not known:
                fields = {"reason": error.reason, "error": str(error), **_until(block)}
                self._log.warning("API cannot be read", cause=cause.value, **fields)
        elif health.up and self._down and not isinstance(error, RateLimited):
            cause, seconds = list(self._down)[-1], now.unix - min(self._down.values())
            self._down.clear()
            self._log.info("API can be read again", cause=cause.value, seconds=round(seconds))

    def stopped(self, block: Block | None, now: Instant) -> None:
        """Log that reads have stopped for long, or resumed; call this at the end of each scrape.

        `api` logs blocks for a refused key or an unreachable API.
        """
        heard, self._heard = self._heard, False
        if block is not None and block.cause in OF_THE_API:
            return
        before = self._stopped
        if before is not None and not _goes_on(before.cause, block, heard=heard):
            self._stopped = None
            seconds = round(now.unix - before.since)
            self._log.info("reads resumed", cause=before.cause.value, seconds=seconds)
        if self._stopped is None and block is not None and _lasts(block, now):
            self._stopped = block
            fields = {"cause": block.cause.value, **_until(block)}
            if block.cause is Cause.SHARE:
                self._log.info("reads stopped", **fields)
            else:
                self._log.warning("reads stopped", **fields)

    def changed(self, jobs: int, added: int, removed: int) -> None:
        """Log a change of the watched jobs, with the new number of them."""
        self._log.info("watched jobs changed", jobs=jobs, added=added, removed=removed)

    def forget(self, job_ids: Collection[int]) -> None:
        """Forget jobs that are gone."""
        self._broken.difference_update(job_ids)
        self._faulty.difference_update(job_ids)
        for job_id in job_ids:
            self._doubted.pop(job_id, None)
            self._unreadable.pop(job_id, None)

    def forget_all(self) -> None:
        """Forget every job."""
        for known in (self._broken, self._faulty, self._doubted, self._unreadable):
            known.clear()

    def finished(self, job: Job, now: Instant, *, already: bool) -> None:
        """Log a confirmed end: a warning if the job failed, even in part.

        `already`: the job ended before its first read.
        """
        more = self._ration("old", job.id, now) if already else {}
        if more is None:
            return
        fields = {**self._who(job.id), **_end(job), **more}
        if already:
            fields["already"] = True
        if job.state in (State.FAILED, State.PARTIAL):
            self._log.warning("job finished", **fields)
        else:
            self._log.info("job finished", **fields)

    def unreadable(self, job: Job, now: Instant, *, gone: bool = False) -> None:
        """Log the unreadable fields of a job's answer, and later that all can be read again."""
        before = self._unreadable.get(job.id, ())
        if job.unreadable == before or gone:
            return
        if job.unreadable:
            if (more := self._ration("unreadable", job.id, now)) is not None:
                self._unreadable[job.id] = job.unreadable
                fields = {"fields": ", ".join(job.unreadable), **more}
                self._log.warning("fields of a job cannot be read", **self._who(job.id), **fields)
        else:
            del self._unreadable[job.id]
            self._log.info("fields of a job can be read again", **self._who(job.id))

    def fault(self, job_id: int, now: Instant) -> None:
        """Log a bug of the exporter with its traceback; call this in the `except` block."""
        if job_id not in self._faulty and (more := self._ration("faulty", job_id, now)) is not None:
            self._faulty.add(job_id)
            self._broken.add(job_id)
            self._log.exception("the exporter failed to read a job", **self._who(job_id), **more)

    def _ration(self, kind: str, job_id: int, now: Instant) -> dict[str, int] | None:
        """Return extra keys for the line, or None to omit it."""
        return {} if self._watched(job_id) else self._rations[kind].take(now.monotonic)

    def _who(self, job_id: int) -> dict[str, object]:
        """Return the keys that say which job a line is about: its id, and its name if any."""
        job = self._watched(job_id)
        named = {} if job is None or job.name is None else {"name": job.name}
        return {"job_id": job_id, **named}

    def _note(self, job_id: int, error: Failure | None) -> None:
        self._doubted.pop(job_id, None)
        if error is None:
            self._log_mended(job_id)
        elif not isinstance(error, RateLimited):
            self._doubted[job_id] = error

    def _log_broken(self, now: Instant) -> None:
        """Log the failed jobs once it is certain that the API is not the cause."""
        for job_id, error in self._doubted.items():
            if job_id in self._broken or (more := self._ration("broken", job_id, now)) is None:
                continue
            self._broken.add(job_id)
            fields = {"reason": error.reason, "error": str(error), **more}
            self._log.warning("job cannot be read", **self._who(job_id), **fields)
        self._doubted.clear()

    def _log_mended(self, job_id: int) -> None:
        self._faulty.discard(job_id)
        if job_id in self._broken:
            self._broken.remove(job_id)
            self._log.info("job can be read again", **self._who(job_id))


def _goes_on(cause: Cause, block: Block | None, *, heard: bool) -> bool:
    """Tell whether the logged block, for `cause`, goes on.

    The share of a small account allows a read now and then. Such a block ends only when a read has
    ended since the last scrape (`heard`) and the next one may follow soon.
    """
    if block is None:
        return cause is Cause.SHARE and not heard
    return block.cause is cause


def _lasts(block: Block, now: Instant) -> bool:
    """Tell whether a block lasts for long.

    A 429 counts from the first of a row: one may come each minute, and then no job is read. Other
    blocks count from now: a reserve that is reached each minute lets some reads through.
    """
    since = block.since if block.cause is Cause.RATE_LIMITED else now.unix
    return block.until is not None and block.until - since > _SHORT


def _end(job: Job) -> dict[str, object]:
    """Return how a job ended, without what is unknown; the duration is in whole seconds."""
    duration = None if job.duration is None else format_duration(round(job.duration))
    values = {
        "state": job.state.value,
        "items": job.total,
        "items_successful": job.successful,
        "items_failed": job.failed,
        "duration": duration,
    }
    return {key: value for key, value in values.items() if value is not None}


def _until(block: Block | None) -> dict[str, str]:
    return {} if block is None or block.until is None else {"until": rfc3339(block.until)}
