"""The samples of the families: what each shows of a job, an account or the exporter. Pure."""

from collections.abc import Callable, Iterator, Mapping

from exporter.exposition.family import Sample, labels, labels_of_job
from exporter.jobs.counters import Histogram
from exporter.jobs.snapshot import UNREAD_STATE, AccountView, JobView, Snapshot
from exporter.model.state import State
from exporter.quota.block import Cause
from exporter.quota.budget import WindowView


def info(view: JobView) -> Iterator[Sample]:
    """Yield who a job is. What is not known yet is an empty label, and so is a name not given."""
    job = view.reading.job
    account_id = None if job is None else job.account_id
    more = labels(
        account_id="" if account_id is None else str(account_id),
        job_type="" if job is None else job.type,
        job_name=view.watched.name or "",
        **view.watched.labels,
    )
    yield Sample(f"{labels_of_job(view)},{more}", 1)


def status(view: JobView) -> Iterator[Sample]:
    """Yield the API's own word for a job."""
    if view.job is not None:
        yield Sample(f"{labels_of_job(view)},{labels(status=view.job.status)}", 1)


def states(view: JobView) -> Iterator[Sample]:
    """Yield all six states of a job, of which exactly one is 1."""
    if view.job is not None:
        key = labels_of_job(view)
        for state in State:
            yield Sample(f'{key},state="{state}"', view.job.state is state)


def read_at(view: JobView) -> float | None:
    """Return when the values were read, in Unix seconds, also once they are too old to show."""
    return None if view.reading.read_at is None else view.reading.read_at.unix


def job_up(view: JobView) -> float | None:
    """Return whether the last attempt to read a job worked, None before the first."""
    return None if view.reading.attempted_at is None else view.reading.error is None


def fetch_error(view: JobView) -> Iterator[Sample]:
    """Yield why the last attempt to read a job failed, if it did."""
    if view.reading.error is not None:
        yield Sample(f"{labels_of_job(view)},{labels(reason=view.reading.error.reason)}", 1)


def blocked(account: AccountView) -> Iterator[Sample]:
    """Yield for each cause whether it stops the reads of an account."""
    found = None if account.block is None else account.block.cause
    for cause in Cause:
        yield Sample(labels(account=account.name, cause=cause), cause is found)


def blocked_until(account: AccountView) -> Iterator[Sample]:
    """Yield until when the reads of an account are stopped, in Unix seconds, if that is known."""
    if account.block is not None and account.block.until is not None:
        yield Sample(labels(account=account.name, cause=account.block.cause), account.block.until)


def end_confirmed(view: JobView) -> float | None:
    """Return whether the end of a job is confirmed, None while it is unfinished."""
    return view.reading.end.confirmed if view.job is not None and view.job.finished else None


def counts_of(
    label: str, counts: Callable[[AccountView], Mapping[str, int]]
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return the getter of an account's counts, one for each value of a label."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for value, count in counts(account).items():
            yield Sample(labels(account=account.name, **{label: value}), count)

    return samples


def windows_of(
    get: Callable[[WindowView], float | None],
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return the getter of one value of each window of a quota, absent where it is None."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for window, view in account.windows.items():
            value = get(view)
            if value is not None:
                yield Sample(labels(account=account.name, window=window), value)

    return samples


def jobs_by_state(account: AccountView) -> dict[str, int]:
    """Count the watched jobs of an account by state. Every state has a count, and so has unread."""
    counts = dict.fromkeys((*map(str, State), UNREAD_STATE), 0)
    for view in account.jobs:
        counts[view.state] += 1
    return counts


def job_file_ok(snapshot: Snapshot) -> Iterator[Sample]:
    """Yield for each job file whether it is good as it stands."""
    for file in snapshot.config.job_files:
        yield Sample(labels(file=file.file), file.problem is None)


def request_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histogram of an account's requests."""
    key = labels(account=account.name)
    yield from _histogram(key, account.counters.request_seconds)


def job_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histograms of how long jobs took, one for each state in which a job can end."""
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
