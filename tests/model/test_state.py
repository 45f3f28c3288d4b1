import pytest

from exporter.model.state import WORDS, State, meaning_of
from tests.model.answers import read

DONE = {"completedTimestamp": "2020-06-23T11:00:00"}


@pytest.mark.parametrize(
    ("changes", "state", "finished"),
    [
        pytest.param({"status": "NotStarted"}, "pending", False, id="not started"),
        pytest.param({"status": "processing"}, "running", False, id="at work, in lower case"),
        pytest.param({"status": "VALIDATED"}, "running", False, id="validated, before processing"),
        pytest.param({"status": "Processed", "totalFailed": 0}, "succeeded", True, id="processed"),
        pytest.param({"status": "Done"}, "succeeded", True, id="done, without counts"),
        pytest.param(
            {"status": "Done", "totalFailed": 3, "totalSuccessful": 16},
            "partial",
            True,
            id="some failed",
        ),
        pytest.param(
            {"status": "Done", "totalFailed": 19, "totalSuccessful": 0},
            "failed",
            True,
            id="all failed",
        ),
        pytest.param(
            {"status": "Done", "totalCount": None, "totalFailed": 3, "totalSuccessful": 0},
            "failed",
            True,
            id="all failed of an unknown total",
        ),
        pytest.param(
            {"status": "Done", "totalFailed": 3, "totalSuccessful": 0},
            "partial",
            True,
            id="3 of 19 failed, none done",
        ),
        pytest.param(
            {"status": "ProcessedWithErrors"}, "partial", True, id="the word says with errors"
        ),
        pytest.param(
            {"status": "ProcessedWithErrors", "totalFailed": 19},
            "failed",
            True,
            id="with errors, in every item",
        ),
        pytest.param(
            {"status": "ValidatedWithErrors"}, "partial", False, id="with errors, not at the end"
        ),
        pytest.param(
            {"status": "ValidatedWithErrors", "totalFailed": 0, **DONE},
            "partial",
            False,
            id="with errors, at work whatever its date says",
        ),
        pytest.param(
            {"status": "OddWithErrors"}, "partial", False, id="an unknown word with errors"
        ),
        pytest.param(
            {"status": "OddWithErrors", **DONE},
            "partial",
            True,
            id="an unknown word with errors, completed",
        ),
        pytest.param(
            {"status": "Done", "totalFailed": 19, "totalSuccessful": 5},
            "partial",
            True,
            id="as many failed as there are, but some are done",
        ),
        pytest.param(
            {"status": "Done", "totalCount": 0, "totalFailed": 3, "totalSuccessful": 16},
            "partial",
            True,
            id="more failed than there are, but some are done",
        ),
        pytest.param(
            {"status": "Failed", "totalSuccessful": 5}, "failed", True, id="failed half-way"
        ),
        pytest.param({"status": "Cancelled"}, "failed", True, id="cancelled"),
        pytest.param({"status": "FailedWithErrors"}, "failed", True, id="failed with errors"),
        pytest.param({"status": " Done "}, "succeeded", True, id="white space around the word"),
        pytest.param(
            {"status": "Frozen", "totalCount": 0, **DONE},
            "succeeded",
            True,
            id="nothing to do, completed",
        ),
        pytest.param({"status": "Expired"}, "failed", True, id="expired"),
        pytest.param({"status": "Frozen"}, "unknown", False, id="an unknown word"),
        pytest.param({"status": "WithErrors"}, "unknown", False, id="nothing but the ending"),
        pytest.param(
            {"status": "Frozen", "percentComplete": 0},
            "unknown",
            False,
            id="an unknown word, no progress",
        ),
        pytest.param(
            {"status": "Frozen", "percentComplete": 3},
            "running",
            False,
            id="an unknown word, at 3 %",
        ),
        pytest.param(
            {"status": "Frozen", "totalSuccessful": 1},
            "running",
            False,
            id="an unknown word, an item done",
        ),
        pytest.param(
            {"status": "Frozen", "totalFailed": 0, **DONE},
            "succeeded",
            True,
            id="an unknown word, completed, nothing failed",
        ),
        pytest.param(
            {"status": "Frozen", "totalSuccessful": 19, **DONE},
            "succeeded",
            True,
            id="an unknown word, completed, all done",
        ),
        pytest.param(
            {"status": "Frozen", **DONE},
            "unknown",
            True,
            id="an unknown word, completed, no counts",
        ),
        pytest.param(
            {"status": "Frozen", "totalFailed": 1, **DONE},
            "partial",
            True,
            id="an unknown word, completed, one failed",
        ),
        pytest.param(
            {"status": "Processing", "totalFailed": 0, **DONE},
            "running",
            False,
            id="at work, whatever its date says",
        ),
        pytest.param(
            {"status": "NotStarted", "percentComplete": 100, **DONE},
            "pending",
            False,
            id="not started, whatever all else says",
        ),
        pytest.param(
            {"status": "Frozen", "percentComplete": 3, "completedTimestamp": "9999-12-31T23:59:59"},
            "running",
            False,
            id="an unknown word, at 3 %, with a date that cannot be true",
        ),
    ],
)
def test_the_state_follows_from_the_word_and_the_counts(
    changes: dict[str, object], state: str, finished: bool
) -> None:
    job = read(**changes)
    assert (job.state, job.finished) == (state, finished)


def test_a_users_word_has_the_users_state() -> None:
    job = read({"abandoned": State.FAILED}, status="ABANDONED")
    assert (job.state, job.finished) == (State.FAILED, True)


def test_a_word_that_is_unknown_by_a_users_wish_leaves_the_end_to_the_date() -> None:
    words = {"processing": State.UNKNOWN}
    assert not read(words, status="Processing").finished
    assert read(words, status="Processing", **DONE).finished


def test_a_users_word_goes_before_a_built_in_one() -> None:
    assert read({"validated": State.SUCCEEDED}, status="Validated").state is State.SUCCEEDED


def test_a_users_success_does_not_hide_failed_items() -> None:
    job = read({"closed": State.SUCCEEDED}, status="Closed", totalFailed=2)
    assert job.state is State.PARTIAL


@pytest.mark.parametrize(
    "word",
    [
        "NotStarted",
        "Validating",
        "Validated",
        "ValidatedWithErrors",
        "Processing",
        "Processed",
        "ProcessedWithErrors",
        "Done",
        "Expired",
        "Failed",
    ],
)
def test_every_word_that_the_vendor_documents_is_known(word: str) -> None:
    assert meaning_of(word, {}) is not None


def test_the_table_of_words_is_in_lower_case() -> None:
    assert all(word == word.casefold() for word in WORDS)
