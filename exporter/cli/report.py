"""The lines that `check` prints: the cost of the watch, warnings, and a table of the jobs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from exporter.cli.watch_cost import Cost, Workload, cost_of, end_reads, limits_of
from exporter.config.api_key import EXPOSED_HINT
from exporter.config.sections import Config, Refresh, WatchedJob
from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.duration import DAY, format_duration
from exporter.model.safe_text import printable

_LONG = 600.0
"""From this many seconds up, a time is formatted as a duration such as `10m`."""

_ENDLESS = 100 * 365 * DAY

_WHOLE = 10
"""The smallest number that is formatted without decimals."""

_COLUMNS = ("JOB", "ACCOUNT", "STATE", "STATUS", "PERCENT", "DONE", "FAILED", "ITEMS", "ERROR")


def costs(
    config: Config, jobs: Mapping[str, Sequence[WatchedJob]], running: int | None, interval: float
) -> Iterator[str]:
    """Yield lines with the cost of watching each account, and how often running jobs are read.

    `jobs` are by account name. At most `running` jobs of each account run at once; None means all.
    `interval` is the scrape interval in seconds.
    """
    active, finished = config.refresh.active, config.refresh.finished
    again = "never read again"
    if finished:
        again = f"read again every {format_duration(finished)}, with the requests that are left"
    yield (
        f"An unfinished job is read at each scrape, but at most every {format_duration(active)}. "
        f"A finished job is {again}."
    )
    yield _cost_of_an_end(config.refresh, interval)
    for account in config.accounts:
        count = len(jobs[account.name])
        workload = Workload(count, count if running is None else min(running, count), interval)
        yield (
            f"account {printable(account.name)} at {account.base_url}, "
            f"at most {_percent(account.quota.share, 1)} of its limits:"
        )
        for name, limits in limits_of(account.quota).items():
            cost = cost_of(workload, config.refresh, account.quota, limits)
            yield f"  {name} limits, {limits.minute:,} a minute and {limits.day:,} a day:"
            yield f"    {_reads_and_freshness(workload, cost)}"
            yield f"    {_cost_as_share(cost, limits.day)}"
            if cost.every > config.refresh.stale_after:
                stale = format_duration(config.refresh.stale_after)
                yield (
                    f"    running jobs are read less often than every {stale} "
                    "(refresh.stale_after): values are withheld in between"
                )


def _cost_of_an_end(refresh: Refresh, interval: float) -> str:
    """Return the sentences on the reads that it takes to confirm an end."""
    reads = end_reads(refresh, interval)
    rare = ""
    if refresh.finished:
        every = format_duration(refresh.finished)
        times = f"{reads.settle} more {_plural(reads.settle, 'time')}"
        rare = f" Then it is read {times}, more and more rarely, before it is read every {every}."
    return (
        f"A job that ends is read {reads.confirm} more {_plural(reads.confirm, 'time')} until its "
        f"end is confirmed, or {reads.contradicted} if the end contradicts itself.{rare} "
        "A job that was completed long ago is read once."
    )


def disliked_labels_warning(labels: Sequence[str]) -> str:
    """Return the warning about labels that promtool's lint dislikes."""
    return (
        "warning: labels in camelCase, which promtool's lint dislikes "
        f"(write cost_center for costCenter): {', '.join(labels)}"
    )


def exposed_key_warning(key_file: Path) -> str:
    """Return the warning about a key file that every user may read."""
    return f"warning: {printable(str(key_file))}: every user may read this key file: {EXPOSED_HINT}"


def _reads_and_freshness(workload: Workload, cost: Cost) -> str:
    """Return the reads wanted and allowed, and how often running jobs are read as a result."""
    return (
        f"{workload.jobs:,} {_plural(workload.jobs, 'job')}, at most {workload.running:,} running, "
        f"scraped every {_seconds(workload.interval)}: "
        f"{cost.wanted:,.0f} {_plural(round(cost.wanted), 'read')} a day wanted, "
        f"{cost.allowed:,.0f} allowed: each running job every {_seconds(cost.every)}"
    )


def _cost_as_share(cost: Cost, limit: int) -> str:
    """Return the cost as a share of the account's limit, including reads of finished jobs."""
    wanted, finished = cost.wanted + cost.finished, round(cost.finished)
    return (
        f"costs {_percent(cost.spent, limit)} of the account's requests; wanted are "
        f"{_percent(wanted, limit)}, with {finished:,} {_plural(finished, 'read')} of finished jobs"
    )


def _percent(part: float, whole: float) -> str:
    share = 100 * part / whole
    return f"{share:,.0f} %" if share >= _WHOLE else f"{share:.2g} %"


def _seconds(seconds: float) -> str:
    """Format seconds; from `_LONG` up as a duration such as `10m`."""
    if seconds > _ENDLESS:
        return "100 years or more"
    if seconds < _LONG:
        return f"{seconds:.0f} s" if seconds >= _WHOLE else f"{seconds:.2g} s"
    return format_duration(round(seconds))


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
    return "" if view.reading.error is None else str(view.reading.error)


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
