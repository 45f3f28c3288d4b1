import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest

from exporter.model.errors import UpstreamError
from exporter.model.failures import InvalidResponse
from exporter.model.field_readers import LONGEST_TEXT
from exporter.model.job import OPTIONAL_FIELDS, Job
from exporter.model.state import Meaning, State
from tests.model.answers import DOCUMENTED, ID, NOW, read


def dumped(document: Mapping[str, object]) -> bytes:
    """Write JSON; Python itself refuses to write integers of more than 4,300 digits."""
    longest = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return json.dumps(document).encode()
    finally:
        sys.set_int_max_str_digits(longest)


def refusal(body: bytes) -> str:
    with pytest.raises(UpstreamError) as caught:
        Job.from_api(body, ID, {}, NOW)
    failure = caught.value.failure
    assert (type(failure), failure.status) == (InvalidResponse, 200)
    return str(failure)


def test_the_documented_answer_is_read_field_by_field() -> None:
    assert Job.from_api(DOCUMENTED, ID, {}, NOW) == Job(
        id=ID,
        account_id=12345,
        type="SubscriptionProductBulkPriceChange",
        status="NotStarted",
        created=1592909442.0,  # date -u -d 2020-06-23T10:50:42 +%s
        completed=None,
        total=19,
        successful=None,
        failed=None,
        percent_complete=None,
        tasks=0,
        offline=False,
        meaning=Meaning(State.PENDING, finished=False),
        state=State.PENDING,
        finished=False,
    )


def test_only_id_and_status_are_required() -> None:
    job = Job.from_api(b'{"id": 2607617, "status": "Processing"}', ID, {}, NOW)
    assert (job.type, job.account_id, job.total, job.tasks, job.offline) == (
        "",
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "empty", id="an empty body"),
        pytest.param(b"<html>502</html>", "a page of HTML", id="HTML"),
        pytest.param(b'{"id": 26076', "not JSON, or cut off", id="half of a document"),
        pytest.param(b"\xff\xfe\xfa", "not JSON, or cut off", id="bytes that are no text"),
        pytest.param(b"[" * 100_000, "not JSON, or cut off", id="brackets without end"),
        pytest.param(b'{"id": 7, "percentComplete": NaN}', "not JSON, or cut off", id="NaN"),
        pytest.param(b'{"id": 7, "totalCount": -Infinity}', "not JSON, or cut off", id="infinity"),
        pytest.param(b"[]", "expected a JSON object, got list", id="a list"),
        pytest.param(b"null", "expected a JSON object, got NoneType", id="null"),
        pytest.param(b'{"id": 2607617}', "status: required, but missing", id="no status"),
        pytest.param(b'{"status": "Done"}', "id: required, but missing", id="no id"),
    ],
)
def test_a_body_that_is_no_job_is_invalid(body: bytes, why: str) -> None:
    assert refusal(body) == f"the API's answer is not a service job: {why}"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"id": 2607618}, "id: expected 2607617, got 2607618", id="another job's id"),
        pytest.param({"id": "2607617"}, "id: expected a whole number", id="an id as text"),
        pytest.param({"id": 2607617.5}, "id: expected a whole number", id="an id and a half"),
        pytest.param({"id": 10**5000}, "id: expected a whole number", id="an id of 5,001 digits"),
        pytest.param({"id": True}, "id: expected a whole number", id="a boolean as id"),
        pytest.param({"status": None}, "status: required, but missing", id="no word"),
        pytest.param({"status": "  "}, "status: expected a word", id="a blank word"),
        pytest.param({"status": 7}, "status: expected a text", id="a number as word"),
    ],
)
def test_an_answer_without_a_good_id_and_status_is_void(
    changes: dict[str, object], why: str
) -> None:
    body = dumped(json.loads(DOCUMENTED) | changes)
    assert refusal(body).startswith(f"the API's answer is not a service job: {why}")


def test_an_id_may_be_spelt_in_any_way_that_json_has() -> None:
    body = DOCUMENTED.replace(b'"id": 2607617', b'"id": 2.607617e6')
    assert Job.from_api(body, ID, {}, NOW).id == ID


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("accountId", "12345", id="an account as text"),
        pytest.param("accountId", 10**5000, id="an account of 5,001 digits"),
        pytest.param("type", 7, id="a number as type"),
        pytest.param("totalCount", -1, id="a negative count"),
        pytest.param("totalSuccessful", 1.5, id="half an item"),
        pytest.param("totalFailed", "3", id="a count as text"),
        pytest.param("percentComplete", 101, id="101 per cent"),
        pytest.param("isOffline", "false", id="a word as boolean"),
        pytest.param("serviceTasks", {}, id="an object as list"),
        pytest.param("createdTimestamp", "", id="nothing as date"),
        pytest.param("completedTimestamp", "2100-01-01T00:00:00", id="a date that is to come"),
        pytest.param("completedTimestamp", "2020-06-23T10:50:41", id="an end before the beginning"),
    ],
)
def test_a_field_that_cannot_be_read_is_absent_and_named_and_hides_no_failure(
    field: str, value: object
) -> None:
    body = dumped(json.loads(DOCUMENTED) | {"status": "Failed", field: value})
    job = Job.from_api(body, ID, {}, NOW)
    without = read(status="Failed", **{field: None})
    assert job.unreadable == (field,)
    assert replace(job, unreadable=()) == without
    assert job.state is State.FAILED


def test_every_field_but_id_and_status_may_be_unreadable() -> None:
    job = read(status="Failed", **{field: [[]] for field in OPTIONAL_FIELDS})
    assert set(job.unreadable) == set(OPTIONAL_FIELDS) - {"serviceTasks"}
    assert job.state is State.FAILED


def test_a_beginning_that_cannot_be_true_says_nothing_against_the_end() -> None:
    job = read(createdTimestamp="2100-01-01T00:00:00", completedTimestamp="2020-06-23T11:00:00")
    assert (job.created, job.completed, job.duration) == (None, 1592910000.0, None)
    assert job.unreadable == ("createdTimestamp",)


def test_a_percentage_too_large_for_a_float_is_absent() -> None:
    body = DOCUMENTED.replace(b'"percentComplete": null', b'"percentComplete": 1e400')
    assert Job.from_api(body, ID, {}, NOW).unreadable == ("percentComplete",)


def test_a_job_has_one_attribute_for_each_field_that_is_a_metric() -> None:
    read_fields = {"id", "status", *OPTIONAL_FIELDS}
    derived = {"unreadable", "meaning", "state", "finished"}
    assert set(json.loads(DOCUMENTED)) - read_fields == {"additionalData", "uri"}
    assert len({one.name for one in fields(Job)} - derived) == len(read_fields)


@pytest.mark.parametrize(
    ("changes", "tasks"),
    [
        pytest.param({"additionalData": 10_000 * "MARK"}, 0, id="additional data"),
        pytest.param({"uri": "https://MARK"}, 0, id="an address"),
        pytest.param({"serviceTasks": 100 * [{"MARK": "MARK"}]}, 100, id="what is in the tasks"),
        pytest.param({"MARK": ["MARK"]}, 0, id="a new field"),
        pytest.param({"type": ["MARK"], "totalCount": "MARK"}, 0, id="what cannot be read"),
    ],
)
def test_nothing_of_an_answer_is_kept_that_is_no_metric(
    changes: dict[str, object], tasks: int
) -> None:
    job = read(**changes)
    assert b"MARK" not in pickle.dumps(job)
    assert job.tasks == tasks


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
    assert Job.from_api(body, ID, {}, NOW).status == "Odd?"


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
