import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.errors import InvalidResponse
from exporter.job import LONGEST_TEXT, Job
from exporter.state import State

DOCUMENTED = (Path(__file__).parent / "data" / "service_job_200.json").read_bytes()
ID = 2607617


def read(words: Mapping[str, State] | None = None, **changes: object) -> Job:
    """Parse the documented answer with some fields changed."""
    document = json.loads(DOCUMENTED) | changes
    return Job.from_api(json.dumps(document).encode(), ID, words or {})


def refusal(body: bytes) -> str:
    with pytest.raises(InvalidResponse) as caught:
        Job.from_api(body, ID, {})
    assert caught.value.status == 200
    return str(caught.value)


def test_the_documented_answer_is_read_field_by_field() -> None:
    assert Job.from_api(DOCUMENTED, ID, {}) == Job(
        id=ID,
        account_id=12345,
        type="SubscriptionProductBulkPriceChange",
        status="NotStarted",
        state=State.PENDING,
        finished=False,
        created=1592909442.0,  # date -u -d 2020-06-23T10:50:42 +%s
        completed=None,
        total=19,
        successful=None,
        failed=None,
        percent_complete=None,
        tasks=0,
        offline=False,
    )


def test_only_id_and_status_are_required() -> None:
    job = Job.from_api(b'{"id": 2607617, "status": "Processing"}', ID, {})
    assert (job.type, job.account_id, job.total, job.tasks, job.offline) == (
        "",
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("2020-12-07T14:26:21.323", 1607351181.323, id="fractions of a second"),
        pytest.param("2020-12-07T14:26:21.3234567", 1607351181.323456, id="seven digits, as .NET"),
        pytest.param("2020-12-07T14:26:21Z", 1607351181.0, id="Z"),
        pytest.param("2020-12-07T15:26:21+01:00", 1607351181.0, id="an offset"),
        pytest.param("0001-01-01T00:00:00", None, id="the date that .NET never set"),
        pytest.param(None, None, id="null"),
    ],
)
def test_timestamps_are_utc_seconds(text: str | None, seconds: float | None) -> None:
    assert read(createdTimestamp=text).created == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "not JSON", id="an empty body"),
        pytest.param(b"<html>502</html>", "not JSON", id="HTML"),
        pytest.param(b'{"id": 26076', "not JSON", id="half of a document"),
        pytest.param(b"\xff\xfe\xfa", "not JSON", id="bytes that are no text"),
        pytest.param(b"[" * 100_000, "not JSON", id="brackets without end"),
        pytest.param(b'{"id": ' + b"9" * 5000 + b"}", "not JSON", id="an integer of 5,000 digits"),
        pytest.param(b"[]", "expected a JSON object, got list", id="a list"),
        pytest.param(b"null", "expected a JSON object, got NoneType", id="null"),
        pytest.param(b'{"id": 2607617}', "status: field required", id="no status"),
        pytest.param(b'{"status": "Done"}', "id: field required", id="no id"),
    ],
)
def test_a_body_that_is_no_job_is_invalid(body: bytes, why: str) -> None:
    assert refusal(body) == f"the API's answer is not a service job: {why}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("id", 2607618, id="another job's id"),
        pytest.param("id", "2607617", id="an id as text"),
        pytest.param("accountId", 10**4000, id="an account of 4,000 digits"),
        pytest.param("status", None, id="no word"),
        pytest.param("status", "  ", id="a blank word"),
        pytest.param("status", 7, id="a number as word"),
        pytest.param("type", 7, id="a number as type"),
        pytest.param("accountId", "12345", id="an account as text"),
        pytest.param("totalCount", -1, id="a negative count"),
        pytest.param("totalCount", 1.5, id="half an item"),
        pytest.param("totalCount", True, id="a boolean as count"),
        pytest.param("totalFailed", "3", id="a count as text"),
        pytest.param("totalSuccessful", 2**53 + 1, id="a count that a float cannot hold"),
        pytest.param("percentComplete", float("nan"), id="NaN"),
        pytest.param("percentComplete", float("inf"), id="infinity"),
        pytest.param("percentComplete", -1, id="minus one per cent"),
        pytest.param("percentComplete", 101, id="101 per cent"),
        pytest.param("percentComplete", "50", id="a percentage as text"),
        pytest.param("percentComplete", True, id="a boolean as percentage"),
        pytest.param("isOffline", "no", id="a word as boolean"),
        pytest.param("serviceTasks", {}, id="an object as list"),
        pytest.param("createdTimestamp", "yesterday", id="a word as timestamp"),
        pytest.param("createdTimestamp", 1592909442, id="a number as timestamp"),
    ],
)
def test_a_field_that_is_wrong_is_named(field: str, value: object) -> None:
    body = json.dumps(json.loads(DOCUMENTED) | {field: value}).encode()
    assert f": {field}: " in refusal(body)


def test_a_percentage_too_large_for_a_float_is_invalid() -> None:
    body = DOCUMENTED.replace(b'"percentComplete": null', b'"percentComplete": 1e400')
    assert "percentComplete" in refusal(body)


def test_fields_that_are_not_used_may_hold_anything() -> None:
    assert read(additionalData=17, uri=[], somethingNew={}).id == ID


@pytest.mark.parametrize(
    ("completed", "seconds"),
    [("2020-06-23T11:00:00", 558.0), (None, None)],
    ids=["over", "not yet"],
)
def test_a_duration_is_from_created_to_completed(
    completed: str | None, seconds: float | None
) -> None:
    assert read(completedTimestamp=completed).duration == seconds


def test_half_of_a_surrogate_pair_becomes_a_question_mark() -> None:
    body = DOCUMENTED.replace(b'"NotStarted"', b'"Odd\\ud800"')
    assert Job.from_api(body, ID, {}).status == "Odd?"


def test_a_word_of_10000_characters_is_bounded() -> None:
    status = read(status="x" * 10_000).status
    assert len(status) == LONGEST_TEXT
    assert status.endswith("x…")


def test_a_quoted_and_broken_word_is_carried_through() -> None:
    word = 'a"b\\c\nd🚀'
    assert read(status=word).status == word


@pytest.mark.parametrize(
    "field", ["status", "percentComplete", "totalCount", "totalSuccessful", "totalFailed"]
)
def test_a_change_of_the_word_or_a_count_is_progress(field: str) -> None:
    assert read(**{field: "Processing" if field == "status" else 7}).progress != read().progress


def test_a_change_elsewhere_is_no_progress() -> None:
    assert read(isOffline=True, serviceTasks=[{}]).progress == read().progress
