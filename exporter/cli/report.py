"""What `check` prints: what a configuration watches, what that costs, and how the jobs are."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from exporter.cli.watch_cost import Cost, Workload, cost_of, end_reads, limits_of
from exporter.config.api_key import EXPOSED_HINT
from exporter.config.sections import Config, Refresh, WatchedJob
from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.duration import format_duration
from exporter.model.safe_text import printable

_LONG = 600.0
"""Seconds that are still read as seconds."""

_ENDLESS = 100 * 365 * 86_400.0

_WHOLE = 10
"""From here on a number is read without its decimals."""

_COLUMNS = ("JOB", "ACCOUNT", "STATE", "STATUS", "PERCENT", "DONE", "FAILED", "ITEMS", "ERROR")


def costs(
    config: Config, jobs: Mapping[str, Sequence[WatchedJob]], running: int | None, interval: float
) -> Iterator[str]:
    """Yield, in lines, what the watch of each account costs and how fresh its running jobs can be.

    `jobs` are by account. At most `running` jobs of each run at once, all of them when it is None;
    they are scraped every `interval` seconds.
    """
    active, finished = config.refresh.active, config.refresh.finished
    again = f"every {format_duration(finished)}, from what is left" if finished else "never again"
    yield (
        f"An unfinished job is read at each scrape, at most every {format_duration(active)}; "
        f"a finished one {again}."
    )
    yield _end(config.refresh, interval)
    for account in config.accounts:
        count = len(jobs[account.name])
        watch = Workload(count, count if running is None else min(running, count), interval)
        yield (
            f"account {printable(account.name)} at {account.base_url}, "
            f"at most {_percent(account.quota.share, 1)} of its limits:"
        )
        for name, limits in limits_of(account.quota).items():
            made = cost_of(watch, config.refresh, account.quota, limits)
            yield f"  {name} limits, {limits.minute:,} a minute and {limits.day:,} a day:"
            yield f"    {_sentence(watch, made)}"
            yield f"    {_share(made, limits.day)}"
            if made.every > config.refresh.stale_after:
                stale = format_duration(config.refresh.stale_after)
                yield f"    older than refresh.stale_after, {stale}: values are withheld in between"


def _end(refresh: Refresh, interval: float) -> str:
    """Say what it costs to be sure of an end."""
    reads = end_reads(refresh, interval)
    rare = ""
    if refresh.finished:
        rare = f", and {reads.settle} more until that is every {format_duration(refresh.finished)}"
    return (
        f"A job that ends is read {reads.confirm} {_plural(reads.confirm, 'time')} more until its "
        f"end is confirmed, {reads.contradicted} where that contradicts itself{rare}; "
        "one that was completed long ago is read once."
    )


def warning(labels: Sequence[str]) -> str:
    """Return the line that warns of labels that promtool's lint dislikes."""
    return (
        "warning: labels in camelCase, which promtool's lint dislikes "
        f"(write cost_center for costCenter): {', '.join(labels)}"
    )


def exposed(key_file: Path) -> str:
    """Return the line that warns of a key file that every user may read."""
    return f"warning: {printable(str(key_file))}: every user may read this key file: {EXPOSED_HINT}"


def _sentence(watch: Workload, made: Cost) -> str:
    return (
        f"{watch.jobs:,} {_plural(watch.jobs, 'job')}, at most {watch.running:,} running, "
        f"scraped every {_seconds(watch.interval)}: "
        f"{made.wanted:,.0f} {_plural(round(made.wanted), 'read')} a day wanted, "
        f"{made.allowed:,.0f} allowed: each running job every {_seconds(made.every)}"
    )


def _share(made: Cost, limit: int) -> str:
    """Say the same as a share of the account's limit, with the reads of finished jobs."""
    wanted, finished = made.wanted + made.finished, round(made.finished)
    return (
        f"costs {_percent(made.spent, limit)} of the account's requests; wanted are "
        f"{_percent(wanted, limit)}, with {finished:,} {_plural(finished, 'read')} of finished jobs"
    )


def _percent(part: float, whole: float) -> str:
    share = 100 * part / whole
    return f"{share:,.0f} %" if share >= _WHOLE else f"{share:.2g} %"


def _seconds(seconds: float) -> str:
    """Write seconds; from ten minutes on as a duration."""
    if seconds > _ENDLESS:
        return "100 years or more"
    if seconds < _LONG:
        return f"{seconds:.0f} s" if seconds >= _WHOLE else f"{seconds:.2g} s"
    return format_duration(round(seconds))


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
        _error(view),
    )


def _error(view: JobView) -> str:
    """Say why the last attempt failed, or that there was none."""
    if view.reading.attempted_at is None:
        return "not read"
    return "" if view.reading.error is None else str(view.reading.error)


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
