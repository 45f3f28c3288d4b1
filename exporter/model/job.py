"""One service job as the API describes it, and its state, derived from the status word and counts.

`Job.from_api` turns the API's JSON document into a frozen `Job`; the document goes no further.
To add a field of the API, add an attribute to `Job` and a row to `_FIELDS`.
Source of the fields: the API's Read Service Job call. The API does not document its set of status
words, so a job keeps the word as it came and derives the state from it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Never

from exporter.model.errors import UpstreamError
from exporter.model.failures import InvalidResponse
from exporter.model.field_readers import (
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
from exporter.model.state import Meaning, State, meaning_of


@dataclass(frozen=True, slots=True)
class Job:
    """A service job at one moment. None means unknown, such as null in the answer; never zero.

    `status` is the API's word. Timestamps are Unix seconds and plausible: `completed` is not before
    `created`, and neither is more than a day ahead. `percent_complete` is 0 to 100. `unreadable`
    names the fields of the answer that are None because they could not be read. `meaning` is the
    meaning of the status word, None for an unknown word. `meaning`, `state` and `finished` follow
    from the other attributes.
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
    meaning: Meaning | None = None
    state: State = State.UNKNOWN
    finished: bool = False

    @classmethod
    def from_api(cls, body: bytes, job_id: int, words: Mapping[str, State], now: float) -> "Job":
        """Parse the body of a 200 answer about `job_id` that arrived at `now` (Unix seconds).

        `words` maps the user's status words, in lower case, to their states. Raises UpstreamError
        if the body is not a JSON object, or if `id` or `status` is missing or wrong. Any other
        field that cannot be read is None.
        """
        document = _parse(body)
        found = _required(document, "id", whole(LARGEST_ID))
        if found != job_id:
            _invalid(f"id: expected {job_id}, got {found}")
        status = _required(document, "status", word)
        return cls(job_id, status, **_optional(document, now)).judged(words)

    def judged(self, words: Mapping[str, State]) -> "Job":
        """Return the job with `meaning`, `state` and `finished` by the user's status `words`."""
        meaning = meaning_of(self.status, words)
        finished = _is_finished(self, meaning)
        state, _ = _state(self, meaning, finished)
        return replace(self, meaning=meaning, state=state, finished=finished)

    @property
    def why(self) -> str:
        """Why the job is in its state, in words."""
        _, why = _state(self, self.meaning, self.finished)
        by_date = self.finished and (self.meaning is None or self.meaning.finished is None)
        return f"{why}; the completedTimestamp says that it has ended" if by_date else why

    @property
    def duration(self) -> float | None:
        """Seconds from creation to completion; None unless both are known."""
        if self.created is None or self.completed is None:
            return None
        return self.completed - self.created

    @property
    def progress(self) -> tuple[object, ...]:
        """The values that change while a job runs: its word, its percentage and its counts."""
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
"""The API's name of each field that may be null or missing, with its attribute and its reader."""

_CREATED, _COMPLETED = "createdTimestamp", "completedTimestamp"

OPTIONAL_FIELDS = (*_FIELDS, _CREATED, _COMPLETED)
"""The API's names of the fields that may be null, missing or unreadable."""


def _parse(body: bytes) -> dict[str, object]:
    """Return the JSON object in a body. `NaN` and `Infinity` are not JSON."""
    try:
        document = json.loads(body, parse_constant=_no_json, parse_int=_integer)
    except (ValueError, RecursionError):
        page = body.lstrip().startswith(b"<")
        found = "a page of HTML" if page else "not JSON, or cut off" if body else "empty"
        _invalid(found, from_api=False)
    if not isinstance(document, dict):
        _invalid(f"expected a JSON object, got {type(document).__name__}", from_api=False)
    return document


def _no_json(constant: str) -> Never:
    raise ValueError(constant)


def _integer(digits: str) -> int | float:
    """Return an integer, or a float if there are more digits than any field may have.

    Python refuses to convert more than 4,300 digits to an integer.
    """
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
    """Return the optional values by their attributes, without those that are null or unreadable."""
    dated = timestamp(now)
    fields = {**_FIELDS, _CREATED: ("created", dated), _COMPLETED: ("completed", dated)}
    values: dict[str, Any] = {}
    unreadable = []
    for name, (attribute, read) in fields.items():
        value = document.get(name)
        if value is not None:
            try:
                values[attribute] = read(value)
            except ValueError:
                unreadable.append(name)
    created, completed = values.get("created"), values.get("completed")
    if created is not None and completed is not None and completed < created:
        del values["completed"]
        unreadable.append(_COMPLETED)
    return {**values, "unreadable": tuple(unreadable)}


def _invalid(why: str, *, from_api: bool = True) -> Never:
    message = f"the API's answer is not a service job: {why}"
    raise UpstreamError(InvalidResponse(message, 200, from_api=from_api)) from None


def _is_finished(job: Job, meaning: Meaning | None) -> bool:
    """Tell whether a job is finished: by its word, or by its date if the word does not say.

    The date never overrules the word: people notice a wrong "running", but not a wrong "succeeded".
    """
    if meaning is None or meaning.finished is None:
        return job.completed is not None
    return meaning.finished


_WORD = "the status word says so"


def _state(job: Job, meaning: Meaning | None, finished: bool) -> tuple[State, str]:  # noqa: FBT001
    """Derive the state from the word if it is definite, else from the counts; and say why.

    The table of states is in docs/metrics.md.
    """
    if meaning is not None and meaning.state in (State.PENDING, State.FAILED):
        return meaning.state, _WORD
    if finished:
        return _outcome(job, meaning)
    if meaning is not None:
        return meaning.state, _WORD
    if any((job.percent_complete, job.successful, job.failed)):
        return State.RUNNING, "the status word is unknown, but there is progress"
    return State.UNKNOWN, "the status word is unknown, and there is no progress"


def _outcome(job: Job, meaning: Meaning | None) -> tuple[State, str]:
    """Tell how a finished job ended, and why.

    A job succeeded only if its word or its counts say so; otherwise its outcome is unknown.
    """
    total, successful, failed = job.total, job.successful, job.failed
    if failed:
        all_failed = successful == 0 if total is None else failed >= total and not successful
        if all_failed:
            return State.FAILED, "the counts say so: every item failed"
        return State.PARTIAL, "the counts say so: some items failed, and not all"
    if meaning is not None and (meaning.finished or meaning.state is State.PARTIAL):
        return meaning.state, _WORD
    if failed == 0 or total == 0 or (total is not None and successful == total):
        return State.SUCCEEDED, "the counts say so: no item failed"
    return State.UNKNOWN, "neither the status word nor the counts say how it ended"
