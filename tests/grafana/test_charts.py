"""The charts: what they ask, in which units, and with which axes and legends."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.grafana.committed import expression_of, panel_of
from tests.grafana.prometheus import check_answer, of

PIXELS_OF_A_CHARACTER = 7.5
LONGEST_NAME = 22
LOST = "instance_account_job_id:fusebill_service_job:watched"
LAST_STATE = "account_job_id_state:fusebill_service_job_end_confirmed:last"


def custom(panel: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a panel's fields that only its kind of panel has."""
    found: dict[str, Any] = panel["fieldConfig"]["defaults"]["custom"]
    return found


def job(number: int, state: str, percent: int) -> dict[str, str]:
    """Return the series of a job that is in a state all along."""
    who = {"job_id": str(number)}
    return {
        of("fusebill_service_job_info", job_name=f"job {number}", **who): "1x10",
        of("fusebill_service_job_state", state=state, **who): "1x10",
        of("fusebill_service_job_percent_complete", **who): f"{percent}x10",
        of("fusebill_service_job_read_timestamp_seconds", **who): "0x10",
    }


def line(number: int) -> str:
    """Return the labels of a job's line."""
    return f'{{account="demo", job_id="{number}", job_name="job {number}"}}'


@pytest.mark.parametrize("title", ["States over time", "Progress of running jobs"])
def test_a_chart_of_jobs_has_their_names_and_not_their_ids(tmp_path: Path, title: str) -> None:
    (target,) = panel_of(title)["targets"]
    assert target["legendFormat"] == "{{job_name}}"
    value = 2 if title == "States over time" else 40
    check_answer(tmp_path, target["expr"], job(1, "running", 40), {line(1): value})


@pytest.mark.parametrize("title", ["States over time", "Progress of running jobs"])
def test_jobs_of_one_name_are_told_apart_by_their_ids(tmp_path: Path, title: str) -> None:
    jobs = {**job(1, "running", 40), **job(2, "running", 40), **job(3, "running", 40)}
    series = {one.replace('"job 2"', '"job 1"'): values for one, values in jobs.items()}
    names = {1: "job 1 1", 2: "job 1 2", 3: "job 3"}
    value = 2 if title == "States over time" else 40
    expected = {
        f'{{account="demo", job_id="{number}", job_name="{name}"}}': value
        for number, name in names.items()
    }
    check_answer(tmp_path, expression_of(title), series, expected)


def test_states_over_time_ask_for_no_more_points_than_a_person_can_tell_apart() -> None:
    assert panel_of("States over time")["maxDataPoints"] == 300


PROGRESS = panel_of("Progress of running jobs")


def test_of_many_running_jobs_the_20_furthest_are_shown(tmp_path: Path) -> None:
    running = {one: 10 + one for one in range(1, 31)}
    series = {key: value for one in running for key, value in job(one, "running", 10 + one).items()}
    furthest = {line(one): percent for one, percent in running.items() if one > 10}
    check_answer(tmp_path, expression_of(PROGRESS["title"]), series, furthest)


@pytest.mark.parametrize("state", ["pending", "succeeded", "failed"])
def test_a_job_that_does_not_run_has_no_line_of_progress(tmp_path: Path, state: str) -> None:
    check_answer(tmp_path, expression_of(PROGRESS["title"]), job(1, state, 40), {})


def test_a_job_that_was_last_known_to_run_keeps_its_line(tmp_path: Path) -> None:
    series = {
        **{name: f"{values[:-3]}x3 stale" for name, values in job(1, "running", 40).items()},
        of("fusebill_service_job_percent_complete", job_id="1"): "40x30",
        of(LOST, job_id="1"): "1x30",
        f'{LAST_STATE}{{job="fusebill",account="demo",job_id="1",state="running"}}': "0x30",
    }
    check_answer(tmp_path, expression_of(PROGRESS["title"]), series, {line(1): 40}, minutes=20)


def test_which_jobs_are_furthest_does_not_change_along_the_chart() -> None:
    asked = expression_of(PROGRESS["title"])
    furthest = asked[asked.index("topk(20, ") : asked.index(") * on (account, job_id)")]
    at_end = re.findall(r"\w\{[^}]*\}(?:\[\w+\])?( @ end\(\)(?!\[)|)", furthest)
    assert len(at_end) > 2
    assert "" not in at_end


def test_lines_of_progress_have_no_fill_and_each_its_own_colour() -> None:
    assert custom(PROGRESS)["fillOpacity"] == 0
    assert PROGRESS["fieldConfig"]["defaults"]["color"]["mode"] == "palette-classic-by-name"


def test_the_legend_of_progress_has_room_for_a_name_and_leaves_half_to_the_chart() -> None:
    legend = PROGRESS["options"]["legend"]
    assert (legend["displayMode"], legend["placement"]) == ("table", "right")
    icon_and_padding = 50
    assert legend["width"] >= (LONGEST_NAME + len("94.5%")) * PIXELS_OF_A_CHARACTER + (
        icon_and_padding
    )
    assert legend["width"] <= (PROGRESS["gridPos"]["w"] / 24 * 960 - 16) / 2


@pytest.mark.parametrize(
    "title",
    [
        "Items a minute",
        "Jobs finished over time",
        "Failed reads a minute",
        "Requests a minute",
        "Reads deferred a minute",
    ],
)
def test_a_count_that_stays_0_has_a_low_axis(title: str) -> None:
    assert custom(panel_of(title))["axisSoftMax"] == 1


@pytest.mark.parametrize(
    ("title", "family", "label"),
    [
        ("Failed reads a minute", "fusebill_fetch_errors_total", "reason"),
        ("Requests a minute", "fusebill_api_requests_total", "code"),
        ("Reads deferred a minute", "fusebill_reads_deferred_total", "cause"),
    ],
)
def test_what_is_rare_is_counted_a_minute(
    tmp_path: Path, title: str, family: str, label: str
) -> None:
    panel = panel_of(title)
    assert panel["fieldConfig"]["defaults"]["unit"] == "short"
    series = {of(family, **{label: "one"}): "0+3x10"}
    check_answer(tmp_path, expression_of(title), series, {f'{{{label}="one"}}': 3})


def test_items_are_counted_a_minute(tmp_path: Path) -> None:
    series = {of("fusebill_service_job_items_successful", job_id="1"): "0+6x10"}
    check_answer(tmp_path, expression_of("Items a minute"), series, {'{account="demo"}': 6})


def test_the_age_of_values_is_in_minutes(tmp_path: Path) -> None:
    panel = panel_of("Age of values")
    assert panel["fieldConfig"]["defaults"]["unit"] == "suffix:min"
    assert custom(panel)["axisSoftMax"] == 10
    answer = {'{account="demo"}': 5}
    check_answer(tmp_path, expression_of("Age of values"), job(1, "running", 40), answer)


@pytest.mark.parametrize("window", ["minute", "day"])
def test_no_legend_of_a_quota_is_cut(window: str) -> None:
    legend = panel_of(f"Quota of the {window}")["options"]["legend"]
    assert (legend["displayMode"], legend["placement"]) == ("list", "bottom")
    assert "width" not in legend


def test_the_budget_of_the_day_has_an_axis_of_its_own() -> None:
    panel = panel_of("Quota of the day")
    (budget,) = [one for one in panel["targets"] if "budget" in one["expr"]]
    apart = [
        {each["id"]: each["value"] for each in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
        if one["matcher"]["options"] == budget["refId"]
    ]
    found = {key: value for one in apart for key, value in one.items() if key != "color"}
    assert found == {
        "custom.axisPlacement": "right",
        "custom.axisLabel": "exporter's budget",
    }
