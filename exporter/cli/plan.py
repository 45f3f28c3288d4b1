"""The plan that `check` prints: how often jobs are read, and what that costs an account."""

from collections.abc import Iterator, Mapping, Sequence

from exporter.cli.watch_cost import (
    CONFIGURED,
    STATED,
    UNSTATED,
    Cost,
    Stated,
    Workload,
    cost_of,
    end_reads,
    limits_of,
)
from exporter.cli.words import lasting, percent
from exporter.config.sections import Account, Config, Refresh, WatchedJob
from exporter.model.duration import format_duration
from exporter.model.rate_limit import DOCUMENTED, Limits
from exporter.model.safe_text import printable
from exporter.model.words import counted

_WHOSE = {CONFIGURED: "the configured", STATED: "the API's"} | {
    name: f"a {name} account's" for name in DOCUMENTED
}


def plan(
    config: Config,
    jobs: Mapping[str, Sequence[WatchedJob]],
    running: int | None,
    interval: float,
    stated: Mapping[str, Stated],
) -> Iterator[str]:
    """Yield the lines of the plan: the rules for all jobs, then a paragraph for each account.

    `jobs` are by account name, and so are the limits that the API has `stated`. At most `running`
    jobs of each account run at once; None means all. `interval` is the scrape interval in seconds.
    """
    yield from _rules(config.refresh, interval)
    for account in config.accounts:
        count = len(jobs[account.name])
        workload = Workload(count, count if running is None else min(running, count), interval)
        yield ""
        yield from _of_account(
            account, workload, config.refresh, stated.get(account.name, UNSTATED)
        )


def _rules(refresh: Refresh, interval: float) -> Iterator[str]:
    """Yield when a job is read, and how many reads it takes to confirm its end."""
    reads, finished = end_reads(refresh, interval), format_duration(refresh.finished)
    again = f"read again every {finished}, as far as requests are left"
    yield (
        f"Prometheus scrapes every {format_duration(interval)}. An unfinished job is read at each "
        f"scrape, but at most every {format_duration(refresh.active)}. "
        f"A finished job is {again if refresh.finished else 'never read again'}."
    )
    rarely = (
        f" The job is then read {counted(reads.settle, 'more time')}, more and more rarely, "
        f"before it is read every {finished}."
    )
    yield (
        f"The end of a job is confirmed after {counted(reads.confirm, 'more read')}, or after "
        f"{reads.contradicted} if it contradicts itself, such as a success at 90 %."
        f"{rarely if reads.settle else ''} An end that is long past is confirmed by the first read."
    )


def _of_account(
    account: Account, workload: Workload, refresh: Refresh, stated: Stated
) -> Iterator[str]:
    """Yield the paragraph of one account: for each of the limits that it may have, the cost."""
    heading = f"Account {printable(account.name)} at {account.base_url} has"
    if not workload.jobs:
        yield f"{heading} no jobs, so nothing is read."
        return
    all_limits = limits_of(account.quota, stated)
    several = ", which depend on its type" if len(all_limits) > 1 else ""
    yield (
        f"{heading} {_jobs(workload)}. The exporter may use {percent(account.quota.share, 1)} "
        f"of its limits{several}."
    )
    for name, limits in all_limits.items():
        cost = cost_of(workload, refresh, account.quota, limits)
        yield (
            f"  With {_WHOSE[name]} limit of "
            f"{counted(limits.day, 'request')} a day, and {limits.minute:,} a minute:"
        )
        yield from (f"    {sentence}" for sentence in _sentences(cost, refresh, limits))


def _jobs(workload: Workload) -> str:
    jobs = counted(workload.jobs, "job")
    if workload.running < workload.jobs:
        return f"{jobs}, at most {workload.running:,} of them running"
    return jobs if workload.jobs == 1 else f"{jobs}, which may all run at once"


def _sentences(cost: Cost, refresh: Refresh, limits: Limits) -> Iterator[str]:
    """Yield how often a running job is read, and the share of the account's requests it takes."""
    fits = cost.wanted <= cost.allowed
    yield (
        f"Running jobs need {counted(round(cost.wanted), 'read')} a day, "
        f"{'within' if fits else 'more than'} the {cost.allowed:,.0f} allowed: "
        f"each is read {'' if fits else 'only '}every {lasting(cost.every)}."
    )
    if cost.every > refresh.stale_after:
        yield (
            f"That is rarer than refresh.stale_after ({format_duration(refresh.stale_after)}): "
            "values of running jobs are withheld in between."
        )
    yield _share(cost, limits.day)


def _share(cost: Cost, limit: int) -> str:
    """Return the cost as a share of `limit`, the account's requests of a day."""
    wanted, finished = cost.wanted + cost.finished, round(cost.finished)
    reads = f"{counted(finished, 'read')} of finished jobs"
    costs = f"costs {percent(cost.spent, limit)} of the account's requests."
    if wanted > cost.allowed:
        more = f", with {reads}" if finished else ""
        return f"That {costs} Without the limit it would cost {percent(wanted, limit)}{more}."
    return f"With {reads}, that {costs}" if finished else f"That {costs}"
