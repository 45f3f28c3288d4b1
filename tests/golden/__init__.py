"""The whole exposition of the exporter's own families, committed in both formats.

`python -m tests.golden` rewrites the files; read the difference before you commit it.
"""

import platform
from dataclasses import replace
from pathlib import Path

from exporter import __version__
from exporter.config.sections import WatchedJob
from exporter.config.status import JobFileView, WebConfigView
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, write
from exporter.jobs.counters import Counters
from exporter.jobs.end_confirmation import End
from exporter.jobs.reading import Reading
from exporter.jobs.snapshot import Snapshot
from exporter.model.failures import NotFound, ServerError
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import Block, Cause
from exporter.quota.window import WindowView
from tests.support.snapshots import (
    CREATED,
    NULLS,
    READ,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
)

FILES = {
    Format.TEXT: Path(__file__).with_name("metrics.txt"),
    Format.OPENMETRICS: Path(__file__).with_name("metrics.openmetrics.txt"),
}


def exposition(form: Format) -> str:
    """Return the exposition of the golden snapshot, with a placeholder for each version."""
    text = write(FAMILIES, golden_snapshot(), form).decode()
    versions = f'version="{__version__}",pythonversion="{platform.python_version()}"'
    return text.replace(versions, 'version="0.0.0",pythonversion="3.0.0"')


def golden_snapshot() -> Snapshot:
    """Return two accounts with a job in each state, an unread, a failing and a stale one."""
    live, sandbox = _live_counters(), Counters()
    sandbox.count_request(None, 10.0)
    sandbox.errors["timeout"] += 1
    failed = ServerError("the API failed (500)", 500)
    labels, odd = {"team": "billing", "tier": "1"}, 'odd "name"\\\n\N{PARTY POPPER}'
    missing = NotFound("the API knows no such job (404)", 404)
    snapshot = make_snapshot(
        make_account(
            make_view(WatchedJob(id=1, name="waits"), make_reading(_pending())),
            make_view(WatchedJob(id=2, labels=labels), make_reading(make_job(id=2))),
            make_view(3, _confirmed(make_reading(_ended(3, State.SUCCEEDED, "Processed", 0)))),
            make_view(4, make_reading(_ended(4, State.PARTIAL, "ProcessedWithErrors", 4))),
            make_view(5, make_reading(_ended(5, State.FAILED, "Failed", 19))),
            make_view(WatchedJob(id=6, name=odd), make_reading(_of_nulls())),
            make_view(WatchedJob(id=7, name="never tried")),
            make_view(8, make_reading(make_job(id=8, offline=True), failed, errors=1)),
            make_view(9, make_reading(make_job(id=9), failed, errors=361), stale=True),
            make_view(10, make_reading(None, missing, errors=2)),
            up=True,
            block=Block(Cause.RESERVE, READ - 60, READ + 36_000),
            windows=_live_windows(),
            counters=live,
        ),
        make_account(
            make_view(1, account="sandbox"),
            name="sandbox",
            up=False,
            trouble="the API refused the key (401)",
            block=Block(Cause.KEY, READ - 60, None),
            windows=_unknown_windows(),
            counters=sandbox,
        ),
        make_account(name="new", up=None),
    )
    job_files = (
        JobFileView("jobs.d/october.yaml"),
        JobFileView('jobs.d/"odd".yaml', "[0]: expected a job id, or a mapping with an id"),
    )
    config = replace(snapshot.config, job_files=job_files)
    return replace(snapshot, config=config, web_config=WebConfigView())


def _live_windows() -> dict[str, WindowView]:
    return {
        "minute": WindowView(1_000, 992, READ + 18, 242),
        "day": WindowView(180_000, 17_950, None, 0),
    }


def _unknown_windows() -> dict[str, WindowView]:
    """Return the windows of an account whose API has not said its limits."""
    return {
        "minute": WindowView(None, None, None, 250),
        "day": WindowView(None, None, None, 1_875),
    }


def _live_counters() -> Counters:
    counters = Counters()
    for status, seconds in ((200, 0.04), (200, 0.05), (200, 0.3), (404, 0.2), (500, 12.0)):
        counters.count_request(status, seconds)
    counters.count_request(418, 0.5)
    counters.errors["server_error"] += 362
    counters.errors["not_found"] += 2
    counters.deferred["deadline"] += 5
    counters.count_unreadable(("completedTimestamp", "isOffline"))
    counters.count_finished(State.SUCCEEDED, 1250.5)
    counters.count_finished(State.FAILED, None)
    return counters


def _confirmed(reading: Reading) -> Reading:
    return replace(reading, end=End(witnessed=True, ended_at=900.0, confirmed=True))


def _pending() -> Job:
    nothing = {"successful": None, "failed": None, "percent_complete": None, "tasks": 0}
    return make_job(id=1, status="NotStarted", state=State.PENDING, **nothing)


def _ended(job_id: int, state: State, status: str, failed: int) -> Job:
    return make_job(
        id=job_id,
        status=status,
        state=state,
        finished=True,
        completed=CREATED + 1250.5,
        successful=19 - failed,
        failed=failed,
        percent_complete=100.0,
    )


def _of_nulls() -> Job:
    return make_job(id=6, status="Abandoned", state=State.UNKNOWN, type="", **NULLS)
