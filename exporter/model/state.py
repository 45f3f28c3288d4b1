"""The states of a job, and which state each status word of the API means.

The API does not document its words, so the configuration can add words to this table.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The closed set of states, in the order in which a job goes through them."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    UNKNOWN = "unknown"


OUTCOMES = (State.SUCCEEDED, State.PARTIAL, State.FAILED)
"""The states in which a job can end."""


class Meaning(NamedTuple):
    """The meaning of a status word: a state, and whether the job is finished (None: unknown)."""

    state: State
    finished: bool | None

    @classmethod
    def of(cls, state: State) -> "Meaning":
        """Return the meaning of a word that stands for `state`: an outcome finishes the job."""
        return cls(state, finished=None if state is State.UNKNOWN else state in OUTCOMES)


_WORDS_OF_STATES = {
    State.PENDING: ("NotStarted", "Pending", "Queued", "Scheduled", "Waiting"),
    State.RUNNING: ("Validating", "Validated", "Processing", "Running", "Started", "InProgress"),
    State.SUCCEEDED: ("Processed", "Done", "Complete", "Completed", "Finished", "Succeeded"),
    State.FAILED: ("Failed", "Error", "Cancelled", "Canceled", "Aborted", "Expired"),
}
WORDS: Mapping[str, Meaning] = {
    word.casefold(): Meaning.of(state)
    for state, words in _WORDS_OF_STATES.items()
    for word in words
}
"""The words that the API documents for its long-running jobs, and their everyday synonyms."""

_WITH_ERRORS = "witherrors"


def meaning_of(word: str, users_words: Mapping[str, State]) -> Meaning | None:
    """Return the meaning of a status word, or None for an unknown word.

    `users_words` are in lower case and override the built-in ones. A word that ends in "WithErrors"
    means partial. Such a job is finished if the word without that ending says so:
    `ProcessedWithErrors` ends a job, `ValidatedWithErrors` does not, and for `OddWithErrors` it is
    unknown. A word for failed means failed with that ending too.
    """
    key = word.strip().casefold()
    if key in users_words:
        return Meaning.of(users_words[key])
    if key.endswith(_WITH_ERRORS) and key != _WITH_ERRORS:
        base = meaning_of(key.removesuffix(_WITH_ERRORS), users_words)
        if base is not None and base.state is State.FAILED:
            return base
        return Meaning(State.PARTIAL, finished=None if base is None else base.finished)
    return WORDS.get(key)
