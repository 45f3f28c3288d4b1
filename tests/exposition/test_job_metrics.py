"""What each job shows, by what is known of it."""

from dataclasses import replace

import pytest

from exporter.exposition.job_metrics import JOB_FAMILIES
from exporter.jobs.end_confirmation import End
from exporter.jobs.snapshot import Snapshot
from exporter.model.failures import ServerError
from exporter.model.job import Job
from exporter.model.state import State
from tests.exposition.series import series
from tests.support.snapshots import (
    NULLS,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
    snapshot_of,
)

OF_A_JOB_WITHOUT_VALUES = {"info", "up", "read_timestamp_seconds", "fetch_errors_total"}


def families_with_series(snapshot: Snapshot) -> set[str]:
    """Return the families of jobs that have a series, without the common prefix of their names."""
    return {
        family.name.removeprefix("fusebill_service_job_")
        for family in JOB_FAMILIES
        if list(family.samples(snapshot))
    }


def test_what_the_api_gives_as_null_is_absent() -> None:
    shown = families_with_series(snapshot_of(make_job(**NULLS)))
    assert shown == {"status", "state", "progress_timestamp_seconds"} | OF_A_JOB_WITHOUT_VALUES


def test_what_the_api_gives_as_zero_or_false_is_there() -> None:
    job = make_job(total=0, successful=0, failed=0, percent_complete=0.0, tasks=0, created=0.0)
    names = ["items", "items_successful", "items_failed", "percent_complete", "tasks", "offline"]
    names.append("created_timestamp_seconds")
    values = {
        name: list(series(snapshot_of(job), f"service_job_{name}").values()) for name in names
    }
    assert values == {name: [0] for name in names}


@pytest.mark.parametrize("state", State)
def test_exactly_one_of_the_six_states_is_1(state: State) -> None:
    shown = series(snapshot_of(make_job(state=state)), "service_job_state")
    key = 'account="live",job_id="2607617"'
    assert shown == {f'{key},state="{one}"': int(one == state) for one in State}


def test_the_status_is_the_word_of_the_api_and_one_series() -> None:
    shown = series(snapshot_of(make_job(status='Half "done"')), "service_job_status")
    assert shown == {'account="live",job_id="2607617",status="Half \\"done\\""': 1}


def test_a_job_that_was_never_tried_has_only_its_name_and_its_errors_from_0() -> None:
    snapshot = make_snapshot(make_account(make_view(7)))
    assert families_with_series(snapshot) == {"info", "fetch_errors_total"}
    assert list(series(snapshot, "service_job_fetch_errors_total").values()) == [0]


def test_a_job_whose_first_read_failed_is_down_without_values() -> None:
    reading = make_reading(None, ServerError("the API failed (500)", 500), errors=1)
    snapshot = make_snapshot(make_account(make_view(7, reading)))
    assert families_with_series(snapshot) == {"info", "up", "fetch_errors_total", "fetch_error"}
    assert list(series(snapshot, "service_job_up").values()) == [0]


def test_a_failed_read_leaves_the_last_good_values() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=1)
    failing = make_snapshot(make_account(make_view(2607617, reading)))
    of_a_good_job = families_with_series(snapshot_of(make_job()))
    assert families_with_series(failing) == of_a_good_job | {"fetch_error"}
    assert list(series(failing, "service_job_up").values()) == [0]


def test_a_stale_job_keeps_only_who_it_is_and_when_it_was_last_seen() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=361)
    snapshot = make_snapshot(make_account(make_view(2607617, reading, stale=True)))
    assert families_with_series(snapshot) == OF_A_JOB_WITHOUT_VALUES | {"fetch_error"}


@pytest.mark.parametrize(
    ("job", "confirmed", "expected"),
    [
        pytest.param(make_job(), False, [], id="absent while the job is unfinished"),
        pytest.param(make_job(), True, [], id="absent while it is, whatever was before"),
        pytest.param(make_job(finished=True), False, [0], id="0 at first"),
        pytest.param(make_job(finished=True), True, [1], id="1 when it is confirmed"),
    ],
)
def test_only_a_finished_job_has_an_end_to_be_confirmed(
    job: Job, confirmed: bool, expected: list[float]
) -> None:
    reading = replace(make_reading(job), end=End(confirmed=confirmed))
    snapshot = make_snapshot(make_account(make_view(job.id, reading)))
    assert list(series(snapshot, "service_job_end_confirmed").values()) == expected


def test_why_a_read_failed_is_one_series_which_goes_when_a_read_works() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=1)
    failing = make_snapshot(make_account(make_view(2607617, reading)))
    shown = series(failing, "service_job_fetch_error")
    assert shown == {'account="live",job_id="2607617",reason="server_error"': 1}
    assert series(snapshot_of(make_job()), "service_job_fetch_error") == {}
