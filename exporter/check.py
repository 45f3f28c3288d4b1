"""What `check` prints: what a configuration watches, what that costs, and how the jobs are."""

from collections.abc import Iterator, Mapping, Sequence

from exporter.config import Config, WatchedJob
from exporter.duration import format_duration
from exporter.errors import printable
from exporter.snapshot import JobView, Snapshot

_DAY = 86_400.0

_COLUMNS = ("JOB", "ACCOUNT", "STATE", "STATUS", "PERCENT", "DONE", "FAILED", "ITEMS", "ERROR")


def plan(config: Config, jobs: Mapping[str, Sequence[WatchedJob]]) -> Iterator[str]:
    """Yield, in lines, what the watch of each account costs a day; `jobs` are by account."""
    active, finished = config.refresh.active, config.refresh.finished
    again = f"every {format_duration(finished)}" if finished else "never again"
    yield (
        f"An unfinished job is read at each scrape, at most every {format_duration(active)}; "
        f"a finished one {again}."
    )
    for account in config.accounts:
        count = len(jobs[account.name])
        running = round(count * _DAY / active)
        ended = round(count * _DAY / finished) if finished else 0
        yield (
            f"account {printable(account.name)} at {account.base_url}: "
            f"{count:,} {_plural(count, 'job')}: "
            f"about {running:,} {_plural(running, 'read')} a day while all run, "
            f"{ended:,} once all have finished"
        )


def table(snapshot: Snapshot) -> Iterator[str]:
    """Yield the lines of a table of all jobs, as they are now."""
    rows = [_COLUMNS, *(_row(view) for view in snapshot.jobs)]
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
        "" if view.reading.error is None else str(view.reading.error),
    )


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
