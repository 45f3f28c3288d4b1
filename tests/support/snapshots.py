"""Jobs, readings, views and snapshots: plain values that a test can change."""

from collections.abc import Mapping
from typing import Any

from exporter.config.sections import Refresh, WatchedJob
from exporter.config.status import ConfigView
from exporter.jobs.counters import Counters
from exporter.jobs.reading import UNREAD, Reading
from exporter.jobs.snapshot import AccountView, Chunk, JobChunks, JobView, Snapshot
from exporter.model.failures import Failure
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import OF_THE_API, Block, Cause

CREATED = 1_592_909_442.0
"""2020-06-23T10:50:42 UTC, as in the API's documentation."""

READ = CREATED + 600

NULLS: Mapping[str, None] = dict.fromkeys(
    (
        "account_id",
        "created",
        "completed",
        "total",
        "successful",
        "failed",
        "percent_complete",
        "tasks",
        "offline",
    )
)
"""Every field of a job that the API can give as null."""


def make_job(**changes: Any) -> Job:
    """Return a running job with some changes."""
    values: dict[str, Any] = {
        "id": 2607617,
        "account_id": 12345,
        "type": "SubscriptionProductBulkPriceChange",
        "status": "Processing",
        "state": State.RUNNING,
        "finished": False,
        "created": CREATED,
        "completed": None,
        "total": 19,
        "successful": 7,
        "failed": 1,
        "percent_complete": 42.1,
        "tasks": 3,
        "offline": False,
    }
    return Job(**(values | changes))


def make_reading(job: Job | None, error: Failure | None = None, errors: int = 0) -> Reading:
    """Return the reading after `job` was read and a later attempt ended in `error`."""
    read_at = Instant(1000.0, READ)
    return Reading(
        job=job,
        read_at=None if job is None else read_at,
        progressed_at=None if job is None else READ - 60,
        attempted_at=1000.0,
        due_at=1010.0,
        error=error,
        failing_since=None if error is None else READ,
        failures=0 if error is None else 1,
        errors=errors,
    )


def make_view(
    watched: WatchedJob | int,
    reading: Reading = UNREAD,
    *,
    account: str = "live",
    stale: bool = False,
) -> JobView:
    """Return a watched job as a scrape sees it. The values of a `stale` one are withheld."""
    if isinstance(watched, int):
        watched = WatchedJob(id=watched)
    return JobView(account, watched, reading, None if stale else reading.job)


def make_account(*jobs: JobView, up: bool | None = True, **changes: Any) -> AccountView:
    """Return an account that watches the jobs, with the default quota."""
    values: dict[str, Any] = {
        "name": "live",
        "trouble": "",
        "block": None,
        "answered_at": READ if up else None,
        "windows": {},
        "share": 0.25,
        "reserve": 0.1,
        "refresh": Refresh(),
        "counters": Counters(),
    }
    return AccountView(chunks=make_chunks(*jobs), up=up, **(values | changes))


def make_chunks(*jobs: JobView) -> JobChunks:
    """Return the jobs in chunks: one of the finished jobs, and one of the others."""
    finished, others = (
        sorted((one for one in jobs if one.finished is its), key=lambda one: one.watched.id)
        for its in (True, False)
    )
    return JobChunks(*(((Chunk(tuple(one)),) if one else ()) for one in (finished, others)))


def make_blocked(cause: Cause, until: float | None, *jobs: JobView, **changes: Any) -> AccountView:
    """Return an account whose reads were stopped 27 minutes before READ."""
    block = Block(cause, READ + 60 - 28 * 60, until)
    values = {"name": cause.value, "up": cause not in OF_THE_API, "block": block}
    return make_account(*jobs, **(values | changes))


def make_snapshot(*accounts: AccountView) -> Snapshot:
    """Return a snapshot taken a minute after the jobs were read."""
    return Snapshot(
        accounts=accounts,
        taken_at=READ + 60,
        monotonic=1060.0,
        collect_seconds=0.25,
        started_at=CREATED,
        config=ConfigView(loaded_at=CREATED),
    )


def snapshot_of(job: Job) -> Snapshot:
    """Return a snapshot of one account with one job that was just read."""
    return make_snapshot(make_account(make_view(job.id, make_reading(job))))
