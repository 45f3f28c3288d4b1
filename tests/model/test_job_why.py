"""Why a job is in its state, in words."""

import pytest

from exporter.model.state import State
from tests.model.answers import read

DONE = {"completedTimestamp": "2020-06-23T11:00:00"}
WORD = "the status word says so"
ENDED = "; the completedTimestamp says that it has ended"


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        pytest.param({"status": "NotStarted"}, "pending", WORD, id="not started"),
        pytest.param({"status": "Processing", **DONE}, "running", WORD, id="at work"),
        pytest.param({"status": "Done"}, "succeeded", WORD, id="done"),
        pytest.param({"status": "Cancelled", "totalFailed": 1}, "failed", WORD, id="cancelled"),
        pytest.param({"status": "ValidatedWithErrors"}, "partial", WORD, id="with errors"),
        pytest.param({"status": "OddWithErrors", **DONE}, "partial", WORD + ENDED, id="odd"),
        pytest.param(
            {"status": "Done", "totalFailed": 3, "totalSuccessful": 16},
            "partial",
            "the counts say so: some items failed, and not all",
            id="done, some failed",
        ),
        pytest.param(
            {"status": "Done", "totalFailed": 19, "totalSuccessful": 0},
            "failed",
            "the counts say so: every item failed",
            id="done, all failed",
        ),
        pytest.param(
            {"status": "Frozen", "totalFailed": 1, **DONE},
            "partial",
            "the counts say so: some items failed, and not all" + ENDED,
            id="an unknown word, completed, some failed",
        ),
        pytest.param(
            {"status": "Frozen", "totalFailed": 0, **DONE},
            "succeeded",
            "the counts say so: no item failed" + ENDED,
            id="an unknown word, completed, none failed",
        ),
        pytest.param(
            {"status": "Frozen", **DONE},
            "unknown",
            "neither the status word nor the counts say how it ended" + ENDED,
            id="an unknown word, completed, no counts",
        ),
        pytest.param(
            {"status": "Frozen", "percentComplete": 3},
            "running",
            "the status word is unknown, but there is progress",
            id="an unknown word, at 3 %",
        ),
        pytest.param(
            {"status": "Frozen"},
            "unknown",
            "the status word is unknown, and there is no progress",
            id="an unknown word",
        ),
    ],
)
def test_a_job_says_why_it_is_in_its_state(
    changes: dict[str, object], state: str, why: str
) -> None:
    job = read(**changes)
    assert (job.state, job.why) == (state, why)


def test_a_word_that_the_user_calls_unknown_says_so() -> None:
    assert read({"processing": State.UNKNOWN}, status="Processing").why == WORD
