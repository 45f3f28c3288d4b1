"""The states of a job, and the words of the API that say them.

The set of the API's words is not documented, so it is open: users add words to this table.
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


class Word(NamedTuple):
    """What a status word says: a state, and whether the job is finished; None: it does not say."""

    state: State
    finished: bool | None

    @classmethod
    def of(cls, state: State) -> "Word":
        """Return the meaning of a word that stands for `state`: an outcome finishes the job."""
        return cls(state, finished=None if state is State.UNKNOWN else state in OUTCOMES)


_STATES_OF_WORDS = {
    State.PENDING: ("NotStarted", "Pending", "Queued", "Scheduled", "Waiting"),
    State.RUNNING: ("Validating", "Validated", "Processing", "Running", "Started", "InProgress"),
    State.SUCCEEDED: ("Processed", "Done", "Complete", "Completed", "Finished", "Succeeded"),
    State.FAILED: ("Failed", "Error", "Cancelled", "Canceled", "Aborted", "Expired"),
}
WORDS: Mapping[str, Word] = {
    word.casefold(): Word.of(state) for state, words in _STATES_OF_WORDS.items() for word in words
}
"""The words that the API documents for its long-running jobs and their everyday synonyms."""

_WITH_ERRORS = "witherrors"


def meaning(word: str, more: Mapping[str, State]) -> Word | None:
    """Return what a status word says, or None for a word that nobody knows.

    `more` has the user's words in lower case; they go before the built-in ones. A word that ends
    in "WithErrors" is partial, and finished if it is without that ending: `ProcessedWithErrors`
    ends a job, `ValidatedWithErrors` does not, and `OddWithErrors` does not say. Failed is failed,
    with errors or without.
    """
    key = word.strip().casefold()
    if key in more:
        return Word.of(more[key])
    if key.endswith(_WITH_ERRORS) and key != _WITH_ERRORS:
        base = meaning(key.removesuffix(_WITH_ERRORS), more)
        if base is not None and base.state is State.FAILED:
            return base
        return Word(State.PARTIAL, finished=None if base is None else base.finished)
    return WORDS.get(key)
