"""How jobs ended: what is counted, in which order, and how long they took."""

from pathlib import Path

import pytest

from grafana import looks
from tests.grafana.committed import colours, expression_of, panel_of
from tests.grafana.prometheus import check_answer, of

WATCHED = ["failed", "partial", "unknown", "unread", "running", "pending", "succeeded"]
FINISHED = ["failed", "partial", "succeeded"]


def test_watched_jobs_stand_in_the_order_of_how_bad_they_are() -> None:
    panel = panel_of("Jobs watched")
    legends = [one["legendFormat"] for one in panel["targets"]]
    assert legends == [*WATCHED, *(f"{state}, last known" for state in WATCHED)]
    assert colours(panel) == {one: looks.COLOURS[one.split(",")[0]] for one in legends}


def test_finished_jobs_stand_in_the_order_of_how_bad_they_are() -> None:
    panel = panel_of("Jobs finished")
    assert [one["legendFormat"] for one in panel["targets"]] == FINISHED
    assert colours(panel) == {state: looks.COLOURS[state] for state in FINISHED}


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("state", WATCHED)
def test_watched_jobs_are_shown_as_they_are_or_as_last_known(
    tmp_path: Path, state: str, *, down: bool
) -> None:
    counts = {of("fusebill_jobs", state=one): str(n) for n, one in enumerate(WATCHED)}
    series = {**counts, of("fusebill_up"): "1", of("fusebill_exporter_build_info"): "1"}
    series = {name: f"{value}x3 {'stale' if down else ''}" for name, value in series.items()}
    known, unknown = {"{}": float(WATCHED.index(state))}, dict[str, float]()
    now, before = (
        expression_of("Jobs watched", state),
        expression_of("Jobs watched", f"{state}_last_known"),
    )
    check_answer(tmp_path, now, series, unknown if down else known)
    check_answer(tmp_path, before, series, known if down else unknown)


@pytest.mark.parametrize("state", FINISHED)
def test_finished_jobs_are_counted_by_outcome(tmp_path: Path, state: str) -> None:
    family = "fusebill_jobs_finished_total"
    series = {of(family, state=one): f"0x60 {n}x60" for n, one in enumerate(FINISHED, 2)}
    answer = {"{}": float(FINISHED.index(state) + 2)}
    check_answer(tmp_path, expression_of("Jobs finished", state), series, answer, minutes=90)


@pytest.mark.parametrize("title", ["Jobs watched", "Jobs finished"])
def test_a_bar_without_data_is_no_huge_box(title: str) -> None:
    options = panel_of(title)["options"]
    assert (options["sizing"], options["namePlacement"]) == ("manual", "left")
    assert options["maxVizHeight"] <= 30


def durations(*states: str) -> dict[str, str]:
    """Return the histogram of jobs, one in each state, that took 10 minutes at most."""
    counted = {
        of(f"fusebill_job_duration_seconds_{name}", state=state, **labels): "0x30 1x40"
        for state in states
        for name, labels in (
            ("bucket", {"le": "600"}),
            ("bucket", {"le": "+Inf"}),
            ("count", dict[str, str]()),
        )
    }
    idle = {name.replace(states[0], "idle"): "0x70" for name in counted} if states else {}
    return {**idle, **counted}


def test_how_long_jobs_took_has_the_worst_outcome_first(tmp_path: Path) -> None:
    panel = panel_of("How long they took")
    assert panel["type"] == "table"
    (order,) = [one["options"]["sort"] for one in panel["transformations"] if one["id"] == "sortBy"]
    assert order == [{"field": "Value #rank", "desc": True}]
    ranks = {f'{{state="{state}"}}': 3.0 - place for place, state in enumerate(FINISHED)}
    check_answer(
        tmp_path, expression_of(panel["title"], "rank"), durations(*FINISHED), ranks, minutes=60
    )


@pytest.mark.parametrize(("ref", "seconds"), [("half", 300), ("most", 540)])
def test_how_long_jobs_took_is_told_of_outcomes_that_there_were(
    tmp_path: Path, ref: str, seconds: float
) -> None:
    asked = expression_of("How long they took", ref)
    answer = {'{state="failed"}': seconds}
    check_answer(tmp_path, asked, durations("failed"), answer, minutes=60)


@pytest.mark.parametrize("ref", ["rank", "half", "most"])
def test_where_nothing_finished_nobody_says_how_long_it_took(tmp_path: Path, ref: str) -> None:
    series = dict.fromkeys(durations(*FINISHED), "0x70")
    check_answer(tmp_path, expression_of("How long they took", ref), series, {}, minutes=60)


def test_how_long_jobs_took_has_words_for_columns() -> None:
    (columns,) = [
        one["options"]
        for one in panel_of("How long they took")["transformations"]
        if one["id"] == "organize"
    ]
    assert list(columns["renameByName"].values()) == ["State", "Half took", "9 of 10 took"]
    assert set(columns["excludeByName"]) == {"Time", "Value #rank"}
