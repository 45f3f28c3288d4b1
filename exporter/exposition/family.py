"""Families of metrics, the rows of the table, and functions that make families of one kind."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from exporter.jobs.snapshot import AccountView, JobView, Snapshot
from exporter.model.job import Job

GAUGE, COUNTER, HISTOGRAM = "gauge", "counter", "histogram"

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Sample(NamedTuple):
    """One series: its labels as text (see `labels`), its value, and the suffix of its name."""

    labels: str
    value: float
    suffix: str = ""


JobSample = tuple[str, float]
"""One series of a job: the text of the labels after `account` and `job_id`, and the value."""


@dataclass(frozen=True)
class Family:
    """A row of the table of metrics: its name, type, one sentence of help, labels and samples.

    A family of jobs also has `of_job`, which returns the series of one job. So only the chunks of
    jobs that have changed since the last scrape are written again.
    """

    name: str
    type: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Snapshot], Iterable[Sample]]
    of_job: Callable[[JobView], Iterable[JobSample]] | None = None


def labels(**pairs: str) -> str:
    """Return labels as text, the same in both formats: `account="live",job_id="1"`.

    The values may hold any valid Unicode.
    """
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs.items())


def labels_of_job(view: JobView) -> str:
    """Return the labels `account` and `job_id`, with which each series of a job begins."""
    return labels(account=view.account, job_id=str(view.watched.id))


def job_family(
    name: str,
    text: str,
    more: tuple[str, ...],
    of_job: Callable[[JobView], Iterable[JobSample]],
    kind: str = GAUGE,
) -> Family:
    """Return a family of jobs, with the labels `account`, `job_id` and `more`."""

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        for view in snapshot.jobs:
            for its_labels, value in of_job(view):
                yield Sample(labels_of_job(view) + its_labels, value)

    return Family(
        f"fusebill_service_job_{name}", kind, text, ("account", "job_id", *more), samples, of_job
    )


def job_series(
    name: str, text: str, get: Callable[[JobView], float | None], kind: str = GAUGE
) -> Family:
    """Return a family with one series for each job; a job with the value None has no series."""

    def of_job(view: JobView) -> Iterable[JobSample]:
        value = get(view)
        return () if value is None else (("", value),)

    return job_family(name, text, (), of_job, kind)


def job_field(name: str, text: str, get: Callable[[Job], float | None]) -> Family:
    """Return a family of one field of the API; a job without values to show has no series."""
    return job_series(name, text, lambda view: None if view.job is None else get(view.job))


def account_family(
    name: str,
    kind: str,
    text: str,
    more: tuple[str, ...],
    samples: Callable[[AccountView], Iterator[Sample]],
) -> Family:
    """Return a family of accounts, with the labels `account` and `more`."""

    def of_all(snapshot: Snapshot) -> Iterator[Sample]:
        for account in snapshot.accounts:
            yield from samples(account)

    return Family(f"fusebill_{name}", kind, text, ("account", *more), of_all)


def account_series(name: str, text: str, get: Callable[[AccountView], float | None]) -> Family:
    """Return a gauge with one series for each account; with the value None there is no series."""

    def samples(account: AccountView) -> Iterator[Sample]:
        value = get(account)
        if value is not None:
            yield Sample(labels(account=account.name), value)

    return account_family(name, GAUGE, text, (), samples)


def exporter_series(
    name: str,
    text: str,
    get: Callable[[Snapshot], float | None],
    more: dict[str, str] | None = None,
    kind: str = GAUGE,
) -> Family:
    """Return a family with one series of the exporter itself, with the labels `more`.

    With the value None there is no series.
    """
    pairs = more or {}

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        value = get(snapshot)
        if value is not None:
            yield Sample(labels(**pairs), value)

    return Family(f"fusebill_exporter_{name}", kind, text, tuple(pairs), samples)
