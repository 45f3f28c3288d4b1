"""The table of all jobs that `check --live` prints."""

from collections.abc import Iterator
from itertools import chain

from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.safe_text import printable

_COLUMNS = ("JOB", "ACCOUNT", "STATE", "STATUS", "PERCENT", "DONE", "FAILED", "ITEMS", "ERROR")


def table(snapshot: Snapshot) -> Iterator[str]:
    """Yield the lines of a table of all jobs by account and id, a heading first."""
    accounts = (sorted(one.jobs, key=lambda view: view.watched.id) for one in snapshot.accounts)
    rows = [_COLUMNS, *map(_row, chain.from_iterable(accounts))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _row(view: JobView) -> tuple[str, ...]:
    job = view.job
    counts = (job.successful, job.failed, job.total) if job else (None,) * 3
    percent = job.percent_complete if job else None
    return (
        str(view.watched.id),
        printable(view.account),
        view.state,
        printable(job.status) if job else "-",
        "-" if percent is None else f"{percent:g}",
        *("-" if count is None else str(count) for count in counts),
        _error(view),
    )


def _error(view: JobView) -> str:
    """Return why the last attempt failed, or "not read" before the first attempt."""
    if view.reading.attempted_at is None:
        return "not read"
    return "" if view.reading.error is None else printable(str(view.reading.error))
