"""One service job as the API tells it, and the state that follows from its word and its counts.

The document of the API becomes a frozen `Job` here, in one function, and goes no further.
Source of the fields: the API's Read Service Job call. The set of its status words is not
documented, so the word is carried through as it is and the state is derived.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Never

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from exporter.errors import InvalidResponse
from exporter.state import State, Word, meaning

LONGEST_TEXT = 128
"""Characters of a foreign text that are kept for a label value; what is longer ends in `…`."""

_LARGEST_COUNT = 2**53
"""The largest integer that a Prometheus value, a 64-bit float, holds exactly."""


@dataclass(frozen=True, slots=True)
class Job:
    """A service job at one moment. None is what the API gives as null: not known, never zero.

    Timestamps are seconds since the epoch, UTC; `percent_complete` is 0 to 100.
    """

    id: int
    account_id: int | None
    type: str
    status: str
    state: State
    finished: bool
    created: float | None
    completed: float | None
    total: int | None
    successful: int | None
    failed: int | None
    percent_complete: float | None
    tasks: int | None
    offline: bool | None

    @classmethod
    def from_api(cls, body: bytes, job_id: int, words: Mapping[str, State]) -> "Job":
        """Parse the body of a 200 answer to the question for `job_id`.

        `words` are the user's status words in lower case, each with its state. Raises
        InvalidResponse, with the field and what was expected, for anything but that job.
        """
        document = _parse(body)
        if document.id != job_id:
            _invalid(f"id: expected {job_id}, got {document.id}")
        word = meaning(document.status, words)
        finished = _is_finished(document, word)
        return cls(
            id=document.id,
            account_id=document.account_id,
            type=document.type or "",
            status=document.status,
            state=_state(document, word, finished=finished),
            finished=finished,
            created=document.created,
            completed=document.completed,
            total=document.total,
            successful=document.successful,
            failed=document.failed,
            percent_complete=document.percent_complete,
            tasks=None if document.tasks is None else len(document.tasks),
            offline=document.offline,
        )

    def judged(self, words: Mapping[str, State]) -> "Job":
        """Return the job in the state that it has by these words of the user's."""
        word = meaning(self.status, words)
        finished = _is_finished(self, word)
        return replace(self, state=_state(self, word, finished=finished), finished=finished)

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


def clean(text: str) -> str:
    """Return a foreign text as a label value: valid UTF-8, at most `LONGEST_TEXT` characters.

    JSON can smuggle in half of a surrogate pair, which no encoder takes; it becomes `?`.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _epoch_seconds(value: object) -> object:
    """Turn ISO 8601 into seconds since the epoch; without an offset it is UTC, as the API says.

    The year 1 is how .NET, which the vendor's API runs on, writes a date that was never set.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        message = "expected a timestamp such as 2020-06-23T10:50:42"
        raise ValueError(message)  # noqa: TRY004  pydantic collects ValueError only
    try:
        moment = datetime.fromisoformat(value)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        message = "expected a timestamp such as 2020-06-23T10:50:42"
        raise ValueError(message) from None
    return None if moment.year == 1 else seconds


_Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT)]
_Id = Annotated[int, Field(ge=0, lt=2**63)]
_Timestamp = Annotated[float | None, BeforeValidator(_epoch_seconds)]
_Text = Annotated[str, BeforeValidator(lambda v: clean(v) if isinstance(v, str) else v)]


class _Document(BaseModel):
    """The fields of the API's 200 document that are used; what is missing counts as null."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id: _Id
    status: Annotated[_Text, Field(pattern=r"\S")]
    account_id: Annotated[_Id | None, Field(alias="accountId")] = None
    type: _Text | None = None
    created: Annotated[_Timestamp, Field(alias="createdTimestamp")] = None
    completed: Annotated[_Timestamp, Field(alias="completedTimestamp")] = None
    total: Annotated[_Count | None, Field(alias="totalCount")] = None
    successful: Annotated[_Count | None, Field(alias="totalSuccessful")] = None
    failed: Annotated[_Count | None, Field(alias="totalFailed")] = None
    percent_complete: Annotated[
        Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None,
        Field(alias="percentComplete"),
    ] = None
    tasks: Annotated[list[object] | None, Field(alias="serviceTasks")] = None
    offline: Annotated[bool | None, Field(alias="isOffline")] = None


def _parse(body: bytes) -> _Document:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        _invalid("not JSON", from_api=False)
    if not isinstance(payload, dict):
        _invalid(f"expected a JSON object, got {type(payload).__name__}", from_api=False)
    try:
        return _Document.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        text = first["msg"].removeprefix("Value error, ")
        _invalid(f"{field}: {text[:1].lower()}{text[1:]}")


def _invalid(what: str, *, from_api: bool = True) -> Never:
    message = f"the API's answer is not a service job: {what}"
    raise InvalidResponse(message, 200, from_api=from_api) from None


def _is_finished(document: "_Document | Job", word: Word | None) -> bool:
    return (word is not None and word.finished) or document.completed is not None


def _state(document: "_Document | Job", word: Word | None, *, finished: bool) -> State:
    """Derive the state: the word where it is definite, else the counts. The contract's table."""
    if word is not None and word.state in (State.PENDING, State.FAILED):
        return word.state
    if finished:
        return _outcome(document, word)
    if word is not None:
        return word.state
    moves = any((document.percent_complete, document.successful, document.failed))
    return State.RUNNING if moves else State.UNKNOWN


def _outcome(document: "_Document | Job", word: Word | None) -> State:
    """Tell how a finished job ended.

    Where neither the word nor the counts vouch that nothing failed, success is not claimed.
    """
    total, successful, failed = document.total, document.successful, document.failed
    if failed:
        every = failed >= total if total is not None else successful == 0
        return State.FAILED if every else State.PARTIAL
    if word is not None and (word.finished or word.state is State.PARTIAL):
        return word.state
    if failed == 0 or total == 0 or (total is not None and successful == total):
        return State.SUCCEEDED
    return State.UNKNOWN
