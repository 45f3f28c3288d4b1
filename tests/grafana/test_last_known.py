"""What was last known stays while nobody shows it, is the latest, and looks like what it is."""

from pathlib import Path

import pytest

from tests.grafana.columns import options
from tests.grafana.committed import PANELS, expression_of, name, overrides, panel_of
from tests.grafana.prometheus import check_answer, of

STATES = expression_of("Jobs, wrong first", "state")
NOTES = expression_of("Jobs, wrong first", "note")
NOT_READ = "not read"
STALLED = "instance_account_job_id:fusebill_service_job_stalled:bool"
TILES = [panel for panel in PANELS if panel["type"] == "stat" and overrides(panel, "byFrameRefID")]
GOOD, GREY = "green", "#8e8e8e"
READ = "fusebill_service_job_read_timestamp_seconds"
WATCHED = "instance_account_job_id:fusebill_service_job:watched"
LAST_STATE = "account_job_id_state:fusebill_service_job_end_confirmed:last"


def reading(instance: str, state: str, values: str) -> dict[str, str]:
    """Return the series that an exporter shows of the job in a state."""
    states = {
        of("fusebill_service_job_state", instance=instance, job_id="1", state=one): (
            f"{int(one == state)}{values}"
        )
        for one in ("running", "succeeded", "failed")
    }
    return {
        **states,
        of("fusebill_service_job_info", instance=instance, job_id="1"): f"1{values}",
        of(READ, instance=instance, job_id="1"): f"0{values}",
    }


def remembered(state: str) -> dict[str, str]:
    """Return what the rules remember of the job while exporter b cannot be scraped."""
    last = f'{LAST_STATE}{{job="fusebill",account="demo",job_id="1",state="{state}"}}'
    return {of(WATCHED, instance="b", job_id="1"): "1x30", last: "0x30"}


def in_state(state: str, severity: int) -> dict[str, float]:
    return {f'{{account="demo", job_id="1", state="{state}"}}': severity}


def test_the_state_last_known_is_that_of_the_last_read_of_any_exporter(tmp_path: Path) -> None:
    first, second = reading("a", "failed", "x3 stale"), reading("b", "succeeded", "x9 stale")
    series = {**first, **second, **remembered("succeeded")}
    check_answer(tmp_path, STATES, series, in_state("succeeded", 1), minutes=20)


def test_of_two_exporters_that_see_a_job_differently_the_worse_is_shown(tmp_path: Path) -> None:
    series = {**reading("a", "failed", "x9"), **reading("b", "running", "x9")}
    check_answer(tmp_path, STATES, series, in_state("failed", 11))


def test_what_one_exporter_shows_is_not_told_as_last_known_by_another(tmp_path: Path) -> None:
    series = {**reading("a", "running", "x9"), **reading("b", "failed", "x2 stale")}
    check_answer(tmp_path, STATES, {**series, **remembered("failed")}, in_state("running", 3))
    check_answer(tmp_path, expression_of("Jobs failed", "now"), series, {"{}": 0})


def test_after_an_hour_of_silence_nothing_is_known(tmp_path: Path) -> None:
    series = reading("b", "failed", "x9 stale")
    for tile in ("now", "last_known"):
        check_answer(tmp_path, expression_of("Jobs failed", tile), series, {}, minutes=80)


@pytest.mark.parametrize("tile", TILES, ids=name)
def test_nothing_that_was_last_known_is_shown_as_good(tile: dict[str, object]) -> None:
    found = overrides(tile, "byFrameRefID").get("last_known", {})
    steps = [step["color"] for step in found.get("thresholds", {"steps": []})["steps"]]
    words = [
        word["color"]
        for mapping in found.get("mappings", [])
        for word in mapping["options"].values()
    ]
    assert (not found) or (steps or words)
    assert GOOD not in [*steps, *words]


def test_there_are_figures_that_are_marked_as_last_known() -> None:
    marked = [tile for tile in TILES if "last_known" in overrides(tile, "byFrameRefID")]
    assert len(marked) > 5


@pytest.mark.parametrize(("minutes", "up"), [(5, 1), (40, 0)])
def test_an_exporter_that_is_gone_is_down_and_not_unknown(
    tmp_path: Path, minutes: int, up: int
) -> None:
    series = {of("fusebill_exporter_build_info"): "1x9 stale", of("up"): "1x9 stale"}
    asked = expression_of("Exporter").replace("$__range", "5m")
    check_answer(tmp_path, asked, series, {"{}": up}, minutes=minutes)


def test_a_job_that_was_never_read_is_marked_too_while_nobody_shows_it(tmp_path: Path) -> None:
    series = {
        of("fusebill_service_job_info", job_id="1"): "1x9 stale",
        of("fusebill_service_job_up", job_id="1"): "0x9 stale",
        of(WATCHED, job_id="1"): "1x30",
    }
    check_answer(tmp_path, expression_of("Jobs unreadable", "now"), series, {}, minutes=20)
    marked = expression_of("Jobs unreadable", "last_known")
    check_answer(tmp_path, marked, series, {"{}": 1}, minutes=20)


def test_a_job_whose_exporter_is_down_is_not_noted_as_not_read_since_all_are(
    tmp_path: Path,
) -> None:
    alert = 'ALERTS{job="fusebill",alertname="FusebillServiceJobUnread",alertstate="firing",'
    series = {
        **reading("b", "running", "x9 stale"),
        **remembered("running"),
        f'{alert}account="demo",job_id="1"}}': "1x30",
    }
    for minutes, noted in ((5, 1), (20, 0)):
        expected = {f'{{account="demo", job_id="1", note="{NOT_READ}"}}': 1} if noted else {}
        check_answer(tmp_path, NOTES, series, expected, minutes)


def test_among_running_jobs_what_is_wrong_is_noted_before_that_it_is_last_known(
    tmp_path: Path,
) -> None:
    lost = {**reading("b", "running", "x9 stale"), **remembered("running")}
    stalled = {of(STALLED, instance="b", job_id="1"): "1x9 stale"}
    for series, note in ((lost, "last known"), ({**lost, **stalled}, "stalled")):
        asked = f"group by (note) ({expression_of('Running jobs', 'note')})"
        check_answer(tmp_path, asked, series, {f'{{note="{note}"}}': 1}, minutes=20)


def test_an_account_that_another_prometheus_job_shows_is_not_last_known(tmp_path: Path) -> None:
    series = {
        of("fusebill_up", instance="a"): "1x9",
        of("fusebill_exporter_build_info", instance="a"): "1x9",
        of("fusebill_up", job="other", instance="b"): "1x2 stale",
    }
    check_answer(tmp_path, expression_of("Accounts", "known"), series, {})


def test_exporters_that_are_down_come_first(tmp_path: Path) -> None:
    series = {
        of("fusebill_exporter_build_info", instance="a"): "1x9",
        of("up", instance="a"): "1x9",
        of("fusebill_exporter_build_info", instance="b"): "1x2 stale",
        of("up", instance="b"): "1x2 0x7",
    }
    down = {'{instance="a"}': 0, '{instance="b"}': 1}
    check_answer(tmp_path, expression_of("Exporters", "down"), series, down)
    (order,) = options(panel_of("Exporters"), "sortBy")["sort"]
    assert order == {"field": "Value #down", "desc": True}


@pytest.mark.parametrize("state", ["running", "succeeded"])
def test_a_job_was_last_known_to_run_only_if_its_last_read_said_so(
    tmp_path: Path, state: str
) -> None:
    first, last = reading("a", "running", "x3 stale"), reading("b", state, "x9 stale")
    series = {**first, **last, **remembered(state)}
    runs = {'{account="demo", job_id="1"}': 1} if state == "running" else {}
    check_answer(tmp_path, expression_of("Running jobs", "running"), series, runs, minutes=20)


def test_a_job_that_was_not_read_again_since_a_start_keeps_its_state_and_is_marked(
    tmp_path: Path,
) -> None:
    info = of("fusebill_service_job_info", instance="b", job_id="1")
    series = {**reading("b", "failed", "x9 stale"), **remembered("failed"), info: "1x30"}
    check_answer(tmp_path, STATES, series, in_state("failed", 11), minutes=20)
    for ref, figure in (("now", {}), ("last_known", {"{}": 1.0})):
        check_answer(tmp_path, expression_of("Jobs failed", ref), series, figure, minutes=20)
