"""The facts of one job: everything known of it, for a person who opens its row. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from exporter.jobs.end_confirmation import contradicts_itself, time_to_confirm
from exporter.jobs.reading import Reading
from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.duration import format_duration
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.web.page.words import age, count, percent

_NOT_KNOWN = "not known"
"""Said of what has a column in the table; any other fact that is not known is left out."""

_YES = {True: "yes", False: "no", None: ""}


class Fact(NamedTuple):
    """One fact of a job: its name, and its `value`, its `moment` or both, the value first.

    `moment` is a time that is the fact. `read_at` is when the API gave the fact; None if the API
    did not give it. Both are Unix seconds, so that the page lets their ages grow.
    """

    name: str
    value: str = ""
    moment: float | None = None
    read_at: float | None = None


class FactGroup(NamedTuple):
    """Some facts under one title, at least one; within a group, names differ."""

    title: str
    facts: tuple[Fact, ...]


def facts(view: JobView, account: AccountView, now: Instant) -> tuple[FactGroup, ...]:
    """Return the facts of a job of an account, in the order in which the page shows them.

    They do not change as time goes on, as long as the view, the account's `refresh` and the
    clocks stay the same. Values that are too old for the table are here too, with their age.
    """
    found: Mapping[str, Iterable[Fact]] = {
        "State": _state(view, account),
        "Values": _values(view.reading),
        "End": _end(view.reading, account, now),
        "Reads": _reads(view.reading, now),
        "Configuration": _configuration(view),
    }
    known = {title: tuple(filter(_is_known, its)) for title, its in found.items()}
    return tuple(FactGroup(title, its) for title, its in known.items() if its)


def _is_known(fact: Fact) -> bool:
    return bool(fact.value) or fact.moment is not None


def _state(view: JobView, account: AccountView) -> Iterable[Fact]:
    """Yield the state and why the job is in it, as the last good read shows it."""
    reading, known, read_at = view.reading, view.reading.job, _read_at(view.reading)
    if view.job is not None:
        yield Fact("State", view.state, read_at=read_at)
        yield Fact("Why", view.job.why, read_at=read_at)
    else:
        yield Fact("State", view.state)
        yield Fact("Why", _why_unread(reading, account))
    if known is None:
        return
    if view.job is None:
        yield Fact("State when it was last read", known.state, read_at=read_at)
    yield Fact("Status word", known.status, read_at=read_at)
    yield Fact("Last change seen", moment=reading.progressed_at)


def _why_unread(reading: Reading, account: AccountView) -> str:
    if reading.job is not None:
        shown_for = format_duration(account.refresh.stale_after)
        return f"its values are too old: they count for {shown_for} (refresh.stale_after)"
    return "not read yet" if reading.error is None else "every attempt to read it has failed"


def _values(reading: Reading) -> Iterable[Fact]:
    """Yield what the API said of the job at the last good read."""
    job = reading.job
    if job is None:
        return
    percentage = job.percent_complete
    found = (
        Fact("Type", job.type),
        Fact("Progress", _NOT_KNOWN if percentage is None else percent(percentage)),
        Fact("Done", count(job.successful) or _NOT_KNOWN),
        Fact("Failed", count(job.failed) or _NOT_KNOWN),
        Fact("Items", count(job.total) or _NOT_KNOWN),
        Fact("Tasks", count(job.tasks)),
        Fact("Offline", _YES[job.offline]),
        Fact("Account id", "" if job.account_id is None else str(job.account_id)),
        Fact("Created", moment=job.created),
        Fact("Completed", moment=job.completed),
        Fact("Duration", "" if job.duration is None else age(job.duration)),
        Fact("Fields that cannot be read", ", ".join(job.unreadable)),
    )
    read_at = _read_at(reading)
    yield from (fact._replace(read_at=read_at) for fact in found)


def _end(reading: Reading, account: AccountView, now: Instant) -> Iterable[Fact]:
    """Yield what is known of the end of a finished job."""
    job, end = reading.job, reading.end
    if job is None or not job.finished or end.ended_at is None:
        return
    yield Fact("End unchanged since", moment=now.unix_at(end.ended_at))
    witnessed = "yes" if end.witnessed else "no, it had ended before its first read"
    yield Fact("Seen to end", witnessed)
    if end.confirmed:
        yield Fact("Confirmed", "yes")
        return
    contradicted = contradicts_itself(job)
    at_once = end.ended_at + time_to_confirm(account.refresh.active, contradicted=contradicted)
    yield Fact("Confirmed", f"not yet: {_contradiction(job)}" if contradicted else "not yet")
    yield Fact("Can be confirmed", "by the first good read after", moment=now.unix_at(at_once))


def _contradiction(job: Job) -> str:
    """Tell how an end contradicts itself, given that it does."""
    if job.completed is None:
        return "it contradicts itself, without a completedTimestamp"
    return "it contradicts itself, by a word of success when not all is done"


def _reads(reading: Reading, now: Instant) -> Iterable[Fact]:
    """Yield how the reads of the job went, and what is wrong with the last."""
    error = reading.error
    yield Fact("Last good read", moment=_read_at(reading))
    if reading.attempted_at is not None:
        outcome = "worked" if error is None else "failed"
        yield Fact("Last attempt", outcome, moment=now.unix_at(reading.attempted_at))
    if error is not None:
        yield Fact("Error", str(error))
        yield Fact("Reason", error.reason)
        yield Fact("HTTP status", "" if error.status is None else str(error.status))
        yield Fact("Failing since", moment=reading.failing_since)
    if reading.errors:
        in_a_row = f"{count(reading.failures)} in a row, " if reading.failures else ""
        yield Fact("Failed attempts", f"{in_a_row}{count(reading.errors)} in all")


def _configuration(view: JobView) -> Iterable[Fact]:
    """Yield the name and the labels that the user gave the job."""
    yield Fact("Name", view.watched.name or "")
    for label, value in view.watched.labels.items():
        yield Fact(f"Label {label}", value)


def _read_at(reading: Reading) -> float | None:
    return None if reading.read_at is None else reading.read_at.unix
