"""The samples of the families, made of the views of jobs, accounts and the exporter. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from exporter.exposition.family import JobSample, Sample, labels
from exporter.jobs.counters import Histogram
from exporter.jobs.snapshot import UNREAD_STATE, AccountView, JobView, Snapshot
from exporter.model.state import State
from exporter.quota.block import Cause
from exporter.quota.window import WindowView

_STATES = tuple((state, f',state="{state}"') for state in State)


def info(view: JobView) -> Iterable[JobSample]:
    """Return the identity of a job. An unknown value is an empty label, like a missing name."""
    job = view.reading.job
    account_id = None if job is None else job.account_id
    more = labels(
        account_id="" if account_id is None else str(account_id),
        job_type="" if job is None else job.type,
        job_name=view.watched.name or "",
        **view.watched.labels,
    )
    return ((f",{more}", 1),)


def status(view: JobView) -> Iterable[JobSample]:
    """Return the API's status word for a job, as a label."""
    return () if view.job is None else ((f",{labels(status=view.job.status)}", 1),)


def states(view: JobView) -> Iterable[JobSample]:
    """Return all six states of a job: 1 for its state, 0 for the others."""
    if view.job is None:
        return ()
    its = view.job.state
    return [(text, its is state) for state, text in _STATES]


def read_at(view: JobView) -> float | None:
    """Return when the values were read, in Unix seconds, even if they are too old to show."""
    return None if view.reading.read_at is None else view.reading.read_at.unix


def job_up(view: JobView) -> float | None:
    """Return whether the last attempt to read a job succeeded; None before the first attempt."""
    return None if view.reading.attempted_at is None else view.reading.error is None


def fetch_error(view: JobView) -> Iterable[JobSample]:
    """Return the reason why the last attempt to read a job failed, if it failed."""
    error = view.reading.error
    return () if error is None else ((f",{labels(reason=error.reason)}", 1),)


def blocked(account: AccountView) -> Iterator[Sample]:
    """Yield each cause: 1 if it stops the reads of an account, else 0."""
    found = None if account.block is None else account.block.cause
    for cause in Cause:
        yield Sample(labels(account=account.name, cause=cause), cause is found)


def blocked_until(account: AccountView) -> Iterator[Sample]:
    """Yield the end of an account's block, in Unix seconds, if it is known."""
    if account.block is not None and account.block.until is not None:
        yield Sample(labels(account=account.name, cause=account.block.cause), account.block.until)


def end_confirmed(view: JobView) -> float | None:
    """Return whether the end of a job is confirmed; None while the job is unfinished."""
    return view.reading.end.confirmed if view.job is not None and view.job.finished else None


def counts_of(
    label: str, counts: Callable[[AccountView], Mapping[str, int]]
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return a function that yields an account's counts, one for each value of a label."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for value, count in counts(account).items():
            yield Sample(labels(account=account.name, **{label: value}), count)

    return samples


def windows_of(
    get: Callable[[WindowView], float | None],
) -> Callable[[AccountView], Iterator[Sample]]:
    """Return a function that yields one value of each window of an account's quota, unless None."""

    def samples(account: AccountView) -> Iterator[Sample]:
        for window, view in account.windows.items():
            value = get(view)
            if value is not None:
                yield Sample(labels(account=account.name, window=window), value)

    return samples


def jobs_by_state(account: AccountView) -> dict[str, int]:
    """Count the watched jobs of an account by state: every state and `unread` have a count."""
    counts = dict.fromkeys((*map(str, State), UNREAD_STATE), 0)
    for chunks in account.chunks:
        for chunk in chunks:
            for state, count in chunk.states.items():
                counts[state] += count
    return counts


def job_file_ok(snapshot: Snapshot) -> Iterator[Sample]:
    """Yield each job file: 1 if it is good now, else 0."""
    for file in snapshot.config.job_files:
        yield Sample(labels(file=file.file), file.problem is None)


def request_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histogram of the durations of an account's requests."""
    key = labels(account=account.name)
    yield from _histogram(key, account.counters.request_seconds)


def job_seconds(account: AccountView) -> Iterator[Sample]:
    """Yield the histograms of the durations of jobs, one for each state in which a job can end."""
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
