"""The marks over the charts: when jobs finished, and while reads were blocked."""

import re
from pathlib import Path
from typing import Any

import pytest

from grafana import looks
from tests.grafana.committed import ALL_JOBS, DASHBOARDS, ONE_JOB
from tests.grafana.prometheus import check_answer, of

MARKS = {
    f"{uid}-{one['name']}": one
    for uid, dashboard in DASHBOARDS.items()
    for one in dashboard["annotations"]["list"]
}
WATCHED = "instance_account_job_id:fusebill_service_job:watched"
EACH = pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS)
EACH_DASHBOARD = pytest.mark.parametrize("uid", [ALL_JOBS, ONE_JOB])


def expression(uid: str, name: str) -> str:
    """Return the expression of a mark."""
    return str(MARKS[f"{uid}-{name}"]["expr"])


def job(number: int, state: str = "failed", **more: str) -> dict[str, str]:
    """Return the series of a finished job; `more` are other values of its families."""
    who = {"job_id": str(number)}
    values = {"info": "1", "completed_timestamp_seconds": "90", "end_confirmed": "1"}
    labels = {"info": {"job_name": f"job {number}"}, "state": {"state": state}}
    return {
        of(f"fusebill_service_job_{name}", **who, **labels.get(name, {})): f"{value}x20"
        for name, value in {**values, "state": "1", "read_timestamp_seconds": "0", **more}.items()
    }


def last_read(state: str) -> str:
    """Return the series in which the rules remember the state of job 1."""
    of_job = f'job="fusebill",account="demo",job_id="1",state="{state}"'
    return f"account_job_id_state:fusebill_service_job_end_confirmed:last{{{of_job}}}"


def mark_of(number: int, state: str = "failed") -> str:
    """Return the labels of the mark of a finished job."""
    return f'{{account="demo", job_id="{number}", job_name="job {number}", state="{state}"}}'


def test_both_dashboards_mark_what_finished_and_what_was_blocked() -> None:
    names = ["Jobs finished", "Reads blocked"]
    assert list(MARKS) == [f"{uid}-{name}" for uid in (ALL_JOBS, ONE_JOB) for name in names]


@EACH
def test_a_mark_is_shown_at_first_and_asks_the_chosen_data_source(mark: dict[str, Any]) -> None:
    assert (mark["enable"], mark["hide"]) == (True, False)
    assert mark["datasource"] == {"type": "prometheus", "uid": "$datasource"}


@EACH
def test_a_mark_is_the_same_to_each_version_of_grafana(mark: dict[str, Any]) -> None:
    of_11 = {"expr": mark["expr"], "interval": mark["step"], "refId": "Anno"}
    assert mark["target"] == of_11


@EACH
def test_each_label_in_the_text_of_a_mark_is_in_its_expression(mark: dict[str, Any]) -> None:
    labels = re.findall(r"\{\{(\w+)\}\}", mark["titleFormat"] + mark["textFormat"])
    assert len(labels) > 1
    assert [label for label in labels if not re.search(rf"\b{label}\b", mark["expr"])] == []


@EACH
def test_the_colour_of_a_mark_has_a_meaning(mark: dict[str, Any]) -> None:
    meanings = {"Jobs finished": looks.NEUTRAL, "Reads blocked": looks.LATE}
    assert mark["iconColor"] == meanings[mark["name"]]


@EACH_DASHBOARD
@pytest.mark.parametrize("state", ["failed", "partial", "succeeded"])
def test_a_job_is_marked_at_the_millisecond_when_it_finished(
    tmp_path: Path, uid: str, state: str
) -> None:
    assert MARKS[f"{uid}-Jobs finished"]["useValueForTime"] is True
    answer = {mark_of(1, state): 90_000}
    check_answer(tmp_path, expression(uid, "Jobs finished"), job(1, state), answer)


@pytest.mark.parametrize(
    "series",
    [
        job(1, "running"),
        job(1, "unknown"),
        job(1, completed_timestamp_seconds="59"),
        job(1, end_confirmed="0"),
    ],
    ids=["it runs", "nobody knows its end", "before the dashboard's time", "not confirmed"],
)
def test_a_job_without_a_sure_end_in_the_dashboards_time_has_no_mark(
    tmp_path: Path, series: dict[str, str]
) -> None:
    check_answer(tmp_path, expression(ALL_JOBS, "Jobs finished"), series, {})


def test_a_finished_job_keeps_its_mark_while_the_exporter_is_down(tmp_path: Path) -> None:
    series = {name: values.replace("x20", "x3 stale") for name, values in job(1).items()}
    series |= {of(WATCHED, job_id="1"): "1x30", last_read("failed"): "1x30"}
    answer = {mark_of(1): 90_000}
    check_answer(tmp_path, expression(ALL_JOBS, "Jobs finished"), series, answer, minutes=15)


def test_a_job_in_two_states_for_two_exporters_has_one_mark(tmp_path: Path) -> None:
    other = {name.replace('"a"', '"b"'): values for name, values in job(1, "partial").items()}
    asked = f"count({expression(ALL_JOBS, 'Jobs finished')})"
    check_answer(tmp_path, asked, {**job(1), **other}, {"{}": 1})


def test_the_dashboard_of_one_job_marks_no_other(tmp_path: Path) -> None:
    series = {**job(1), **job(2)}
    check_answer(tmp_path, expression(ONE_JOB, "Jobs finished"), series, {mark_of(1): 90_000})


def blocked(account: str, values: str) -> dict[str, str]:
    """Return the series of an account with one job, 1 for "demo", that a key blocks."""
    job_id = "1" if account == "demo" else "2"
    return {
        of("fusebill_service_job_info", account=account, job_id=job_id): "1x20",
        of("fusebill_api_blocked", account=account, cause="key"): values,
        of("fusebill_api_blocked", account=account, cause="share"): "0x20",
    }


@EACH_DASHBOARD
@pytest.mark.parametrize("values", ["1x20", "0 0 0 1 0 0 0"], ids=["all along", "between steps"])
def test_an_account_is_marked_while_a_cause_blocks_it(
    tmp_path: Path, uid: str, values: str
) -> None:
    assert MARKS[f"{uid}-Reads blocked"]["useValueForTime"] is False
    answer = {'{account="demo", cause="key"}': 1}
    check_answer(tmp_path, expression(uid, "Reads blocked"), blocked("demo", values), answer)


@EACH_DASHBOARD
def test_the_dashboard_of_one_job_marks_its_own_account_alone(tmp_path: Path, uid: str) -> None:
    series = {**blocked("demo", "1x20"), **blocked("other", "1x20")}
    accounts = ["demo"] if uid == ONE_JOB else ["demo", "other"]
    answer = {f'{{account="{one}", cause="key"}}': 1.0 for one in accounts}
    check_answer(tmp_path, expression(uid, "Reads blocked"), series, answer)


@EACH_DASHBOARD
def test_a_share_that_is_spent_is_as_configured_and_no_mark(tmp_path: Path, uid: str) -> None:
    series = {**blocked("demo", "0x20"), of("fusebill_api_blocked", cause="share"): "1x20"}
    check_answer(tmp_path, expression(uid, "Reads blocked"), series, {})


@pytest.mark.parametrize("outcomes", [("failed", "succeeded"), ("succeeded", "failed")])
def test_a_mark_has_the_outcome_that_was_read_last(
    tmp_path: Path, outcomes: tuple[str, str]
) -> None:
    before, last = (job(1, outcome) for outcome in outcomes)
    lost = {one: values.replace("x20", "x3 stale") for one, values in before.items()}
    newer = {
        one.replace('instance="a"', 'instance="b"'): values.replace("x20", "x9 stale")
        for one, values in last.items()
    }
    kept = {of(WATCHED, instance="b", job_id="1"): "1x20", last_read(outcomes[1]): "1x20"}
    series = {**lost, **newer, **kept}
    answer = {mark_of(1, outcomes[1]): 90_000}
    check_answer(tmp_path, expression(ALL_JOBS, "Jobs finished"), series, answer, minutes=15)
