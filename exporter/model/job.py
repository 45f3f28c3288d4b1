"""One service job as the API tells it, and the state that follows from its word and its counts.

The document of the API becomes a frozen `Job` here, in one function, and goes no further.
Source of the fields: the API's Read Service Job call. The set of its status words is not
documented, so the word is carried through as it is and the state is derived.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Never

from exporter.model.errors import UpstreamError
from exporter.model.failures import InvalidResponse
from exporter.model.job_fields import (
    LARGEST_COUNT,
    LARGEST_ID,
    boolean,
    length,
    percent,
    text,
    timestamp,
    whole,
    word,
)
from exporter.model.state import State, Word, meaning


@dataclass(frozen=True, slots=True)
class Job:
    """A service job at one moment. None is what the API gives as null: not known, never zero.

    Timestamps are seconds since the epoch, UTC, and can be true: `completed` is not before
    `created`, and neither is more than a day ahead. `percent_complete` is 0 to 100. `unreadable`
    names the fields of the answer that could not be read and are None for that. `word` is what the
    status says, None where nobody knows it; it, `state` and `finished` follow from the rest.
    """

    id: int
    status: str
    account_id: int | None = None
    type: str = ""
    created: float | None = None
    completed: float | None = None
    total: int | None = None
    successful: int | None = None
    failed: int | None = None
    percent_complete: float | None = None
    tasks: int | None = None
    offline: bool | None = None
    unreadable: tuple[str, ...] = ()
    word: Word | None = None
    state: State = State.UNKNOWN
    finished: bool = False

    @classmethod
    def from_api(cls, body: bytes, job_id: int, words: Mapping[str, State], now: float) -> "Job":
        """Parse the body of a 200 answer to the question for `job_id`, which came at `now`.

        `words` are the user's status words in lower case, each with its state; `now` is in Unix
        seconds. Raises UpstreamError for what is no JSON object, and where `id` or `status` is
        missing or wrong. Any other field that cannot be read is None.
        """
        document = _parse(body)
        found = _required(document, "id", whole(LARGEST_ID))
        if found != job_id:
            _invalid(f"id: expected {job_id}, got {found}")
        status = _required(document, "status", word)
        return cls(job_id, status, **_optional(document, now)).judged(words)

    def judged(self, words: Mapping[str, State]) -> "Job":
        """Return the job in the state that it has by these words of the user's."""
        says = meaning(self.status, words)
        finished = _is_finished(self, says)
        return replace(self, word=says, state=_state(self, says, finished), finished=finished)

    @property
    def duration(self) -> float | None:
        """Seconds from createdTimestamp to completedTimestamp."""
        if self.created is None or self.completed is None:
            return None
        return self.completed - self.created

    @property
    def progress(self) -> tuple[object, ...]:
        """What moves while a job is at work: its word, its percentage and its counts."""
        return (self.status, self.percent_complete, self.total, self.successful, self.failed)


_Reader = Callable[[Any], Any]

_FIELDS: Mapping[str, tuple[str, _Reader]] = {
    "accountId": ("account_id", whole(LARGEST_ID)),
    "type": ("type", text),
    "totalCount": ("total", whole(LARGEST_COUNT)),
    "totalSuccessful": ("successful", whole(LARGEST_COUNT)),
    "totalFailed": ("failed", whole(LARGEST_COUNT)),
    "percentComplete": ("percent_complete", percent),
    "serviceTasks": ("tasks", length),
    "isOffline": ("offline", boolean),
}
"""The API's name of each field that may be null or missing, with ours and what reads it."""

_CREATED, _COMPLETED = "createdTimestamp", "completedTimestamp"

OPTIONAL_FIELDS = (*_FIELDS, _CREATED, _COMPLETED)
"""The API's names of the fields that are absent where they cannot be read."""


def _parse(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body. `NaN` and `Infinity` are no JSON."""
    try:
        document = json.loads(body, parse_constant=_no_json, parse_int=_integer)
    except (ValueError, RecursionError):
        _invalid("not JSON", from_api=False)
    if not isinstance(document, dict):
        _invalid(f"expected a JSON object, got {type(document).__name__}", from_api=False)
    return document


def _no_json(constant: str) -> Never:
    raise ValueError(constant)


def _integer(digits: str) -> int | float:
    """Return an integer, or a float where it is longer than any that is used."""
    longest = len(str(LARGEST_ID)) + 1
    return int(digits) if len(digits) <= longest else float(digits)


def _required(document: Mapping[str, object], name: str, read: _Reader) -> Any:
    if document.get(name) is None:
        _invalid(f"{name}: required, but missing")
    try:
        return read(document[name])
    except ValueError as error:
        _invalid(f"{name}: {error}")


def _optional(document: Mapping[str, object], now: float) -> dict[str, Any]:
    """Return the values that may be missing, by our names, without those that are null."""
    dated = timestamp(now)
    fields = {**_FIELDS, _CREATED: ("created", dated), _COMPLETED: ("completed", dated)}
    values: dict[str, Any] = {}
    unreadable = []
    for name, (ours, read) in fields.items():
        value = document.get(name)
        if value is not None:
            try:
                values[ours] = read(value)
            except ValueError:
                unreadable.append(name)
    created, completed = values.get("created"), values.get("completed")
    if created is not None and completed is not None and completed < created:
        del values["completed"]
        unreadable.append(_COMPLETED)
    return {**values, "unreadable": tuple(unreadable)}


def _invalid(what: str, *, from_api: bool = True) -> Never:
    message = f"the API's answer is not a service job: {what}"
    raise UpstreamError(InvalidResponse(message, 200, from_api=from_api)) from None


def _is_finished(job: Job, says: Word | None) -> bool:
    """Tell whether a job is finished: by its word, and only where that says nothing by its date.

    A wrong "running" is noticed, and a wrong "succeeded" is not.
    """
    if says is None or says.finished is None:
        return job.completed is not None
    return says.finished


def _state(job: Job, says: Word | None, finished: bool) -> State:  # noqa: FBT001
    """Derive the state: the word where it is definite, else the counts. The contract's table."""
    if says is not None and says.state in (State.PENDING, State.FAILED):
        return says.state
    if finished:
        return _outcome(job, says)
    if says is not None:
        return says.state
    moves = any((job.percent_complete, job.successful, job.failed))
    return State.RUNNING if moves else State.UNKNOWN


def _outcome(job: Job, says: Word | None) -> State:
    """Tell how a finished job ended.

    Where neither the word nor the counts vouch that nothing failed, success is not claimed.
    """
    total, successful, failed = job.total, job.successful, job.failed
    if failed:
        every = successful == 0 if total is None else failed >= total and not successful
        return State.FAILED if every else State.PARTIAL
    if says is not None and (says.finished or says.state is State.PARTIAL):
        return says.state
    if failed == 0 or total == 0 or (total is not None and successful == total):
        return State.SUCCEEDED
    return State.UNKNOWN
