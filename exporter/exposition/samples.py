"""How families come by their samples: from a snapshot, purely. The table is in `metrics`."""

from collections.abc import Callable, Iterator, Mapping

from exporter.exposition.text import Family, Sample, labels, labels_of
from exporter.jobs.counters import Histogram
from exporter.jobs.snapshot import UNREAD_STATE, AccountView, JobView, Snapshot
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import Cause
from exporter.quota.budget import WindowView

_JOB = ("account", "job_id")
GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"


def _key(view: JobView) -> str:
    return labels(account=view.account, job_id=str(view.watched.id))


def of_each_job(
    name: str,
    text: str,
    more: tuple[str, ...],
    of_job: Callable[[JobView], Iterator[Sample]],
    kind: str = GAUGE,
) -> Family:
    """Return a family of every watched job, with `account` and `job_id` before its other labels."""

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        for view in snapshot.jobs:
            yield from of_job(view)

    return Family(f"fusebill_service_job_{name}", kind, text, (*_JOB, *more), samples, of_job)


def of_jobs(
    name: str, text: str, get: Callable[[JobView], float | None], kind: str = GAUGE
) -> Family:
    """Return a family with one series for each job of which the value is known."""

    def of_job(view: JobView) -> Iterator[Sample]:
        value = get(view)
        if value is not None:
            yield Sample(_key(view), value)

    return of_each_job(name, text, (), of_job, kind)


def of_values(name: str, text: str, get: Callable[[Job], float | None]) -> Family:
    """Return a family of what the API says of a job, as long as it may be shown."""
    return of_jobs(name, text, lambda view: None if view.job is None else get(view.job))


def of_accounts(
    name: str,
    kind: str,
    text: str,
    more: tuple[str, ...],
    samples: Callable[[AccountView], Iterator[Sample]],
) -> Family:
    """Return a family of every account, with `account` before its other labels."""

    def of_all(snapshot: Snapshot) -> Iterator[Sample]:
        for account in snapshot.accounts:
            yield from samples(account)

    return Family(f"fusebill_{name}", kind, text, ("account", *more), of_all)


def of_each_account(name: str, text: str, get: Callable[[AccountView], float | None]) -> Family:
    """Return a gauge with one series for each account of which the value is known."""

    def samples(account: AccountView) -> Iterator[Sample]:
        value = get(account)
        if value is not None:
            yield Sample(labels(account=account.name), value)

    return of_accounts(name, GAUGE, text, (), samples)


def of_exporter(
    name: str,
    text: str,
    get: Callable[[Snapshot], float | None],
    more: dict[str, str] | None = None,
    kind: str = GAUGE,
) -> Family:
    """Return a family with one series, of the exporter itself; none where there is no value."""
    pairs = more or {}

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        value = get(snapshot)
        if value is not None:
            yield Sample(labels_of(pairs), value)

    return Family(f"fusebill_exporter_{name}", kind, text, tuple(pairs), samples)


def info(view: JobView) -> Iterator[Sample]:
    """Yield who a job is; what is not known yet, and a name not given, is an empty label."""
    job = view.reading.job
    account_id = None if job is None else job.account_id
    pairs = {
        "account": view.account,
        "job_id": str(view.watched.id),
        "account_id": "" if account_id is None else str(account_id),
        "job_type": "" if job is None else job.type,
        "job_name": view.watched.name or "",
    }
    yield Sample(labels_of({**pairs, **view.watched.labels}), 1)


def status(view: JobView) -> Iterator[Sample]:
    """Yield the API's own word for a job."""
    if view.job is not None:
        yield Sample(f"{_key(view)},{labels(status=view.job.status)}", 1)


def states(view: JobView) -> Iterator[Sample]:
    """Yield all six states of a job, of which exactly one is 1."""
    if view.job is not None:
        key = _key(view)
        for state in State:
            yield Sample(f'{key},state="{state}"', view.job.state is state)


def read_at(view: JobView) -> float | None:
    """Return when the values shown were read; it stays when they are too old to be shown."""
    return None if view.reading.read_at is None else view.reading.read_at.unix


def job_up(view: JobView) -> float | None:
    """Return whether the last attempt worked, None before the first."""
    return None if view.reading.attempted_at is None else view.reading.error is None


def fetch_error(view: JobView) -> Iterator[Sample]:
    """Yield why the last attempt to read a job failed, if it did."""
    if view.reading.error is not None:
        yield Sample(f"{_key(view)},{labels(reason=view.reading.error.reason)}", 1)


def blocked(account: AccountView) -> Iterator[Sample]:
    """Yield for each cause whether it stops the reads of an account."""
    found = None if account.block is None else account.block.cause
    for cause in Cause:
        yield Sample(labels(account=account.name, cause=cause), cause is found)


def blocked_until(account: AccountView) -> Iterator[Sample]:
    """Yield until when the reads of an account are stopped, where that is known."""
    if account.block is not None and account.block.until is not None:
        yield Sample(labels(account=account.name, cause=account.block.cause), account.block.until)


def end_confirmed(view: JobView) -> float | None:
    """Return whether the end of a job is confirmed, None while it is unfinished."""
    return view.reading.end.confirmed if view.job is not None and view.job.finished else None


def counts_of(
    label: str, counts: Callable[[AccountView], Mapping[str, int]]
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return the samples of a count for each value of a label."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for value, count in counts(account).items():
            yield Sample(labels_of({"account": account.name, label: value}), count)

    return samples


def windows_of(
    get: Callable[[WindowView], float | None],
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return the samples of a value of both windows of a quota, where it is known."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for window, view in account.windows.items():
            value = get(view)
            if value is not None:
                yield Sample(labels(account=account.name, window=window), value)

    return samples


def jobs_by_state(account: AccountView) -> dict[str, int]:
    """Count the watched jobs of an account by state; every state is there."""
    counts = dict.fromkeys((*map(str, State), UNREAD_STATE), 0)
    for view in account.jobs:
        counts[view.state] += 1
    return counts


def job_file_ok(snapshot: Snapshot) -> Iterator[Sample]:
    """Yield whether each job file is good."""
    for file in snapshot.config.job_files:
        yield Sample(labels(file=file.file), file.problem is None)


def request_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histogram of an account's requests."""
    key = labels(account=account.name)
    yield from _histogram(key, account.counters.request_seconds)


def job_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histograms of how long jobs took, one for each way to end."""
    for state, histogram in account.counters.job_seconds.items():
        key = labels(account=account.name, state=state)
        yield from _histogram(key, histogram)


def _histogram(key: str, histogram: Histogram) -> Iterator[Sample]:
    count = 0
    for bound, count in histogram.cumulative():
        upper = "+Inf" if bound == float("inf") else repr(bound)
        yield Sample(f'{key},le="{upper}"', count, "_bucket")
    yield Sample(key, count, "_count")
    yield Sample(key, histogram.total, "_sum")
