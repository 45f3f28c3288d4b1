"""The tiles of one job, as Prometheus computes them: none hides a problem."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.grafana import promtool
from tests.grafana.committed import ONE_JOB, panel_of, panels
from tests.grafana.one_job import INFO, ONE, READ, RUNNING, STALLED, UP, not_scraped, of
from tests.grafana.promtool import Series

GREY, YELLOW, RED, NEUTRAL = "#8e8e8e", "yellow", "red", "#3aa6a0"
LAST_KNOWN = "last_known"

NOW = 61
"""Minutes at which the queries are asked; time began at 0."""


def query(title: str, ref: str) -> str:
    """Return an expression of a panel, for the job of these tests."""
    (expression,) = [
        target["expr"] for target in panel_of(title, ONE_JOB)["targets"] if target["refId"] == ref
    ]
    return re.sub(r"\$[a-z]\w*", ".+", expression.replace("$__range", "1h").replace("$job_id", "7"))


def check(tmp_path: Path, series: Series, expected: Mapping[str, Series]) -> None:
    promtool.check(tmp_path, series, expected, NOW)


def overridden(title: str, matcher: Mapping[str, str], key: str) -> Any:
    """Return a property that a panel has for some of its fields."""
    for override in panel_of(title, ONE_JOB)["fieldConfig"]["overrides"]:
        if override["matcher"] == matcher:
            return next(one["value"] for one in override["properties"] if one["id"] == key)
    raise KeyError(title, matcher)


def word(title: str, ref: str, value: int) -> tuple[str, str]:
    """Return the word and the colour in which a tile of numbered words shows a number."""
    if ref == LAST_KNOWN:
        mappings = overridden(title, {"id": "byFrameRefID", "options": ref}, "mappings")
    else:
        mappings = panel_of(title, ONE_JOB)["fieldConfig"]["defaults"]["mappings"]
    (texts,) = [one["options"] for one in mappings if one["type"] == "value"]
    return texts[str(value)]["text"], texts[str(value)]["color"]


def reason(label: str) -> Series:
    return {f'{{account="demo", job_id="7", reason="{label}"}}': "1"}


def colour_of_reason(label: str) -> str:
    try:
        colour = overridden("Reason", {"id": "byName", "options": label}, "color")
    except KeyError:
        (step,) = panel_of("Reason", ONE_JOB)["fieldConfig"]["defaults"]["thresholds"]["steps"]
        return str(step["color"])
    return str(colour["fixedColor"])


def test_a_job_that_is_well_looks_so(tmp_path: Path) -> None:
    check(
        tmp_path,
        RUNNING,
        {
            query("State", "now"): {ONE: "2"},
            query("State", LAST_KNOWN): {},
            query("Note", "now"): {ONE: "0"},
            query("Note", LAST_KNOWN): {},
            query("Reason", "A"): reason("none"),
            query("Failed reads", "A"): {ONE: "0"},
            query("End", "A"): {ONE: "-1"},
        },
    )
    assert word("State", "now", 2) == ("running", "blue")
    assert word("Note", "now", 0) == ("none", NEUTRAL)
    assert colour_of_reason("none") == NEUTRAL


def test_an_unreadable_job_does_not_look_calm(tmp_path: Path) -> None:
    unreadable = {
        **RUNNING,
        UP: "1x50 0x20",
        of("fetch_error", ',reason="timeout"'): "_x50 1x20",
        of("fetch_errors_total"): "0x50 3x20",
    }
    check(
        tmp_path,
        unreadable,
        {
            query("State", "now"): {},
            query("State", LAST_KNOWN): {ONE: "2"},
            query("Note", "now"): {ONE: "1"},
            query("Reason", "A"): reason("timeout"),
            query("Failed reads", "A"): {ONE: "3"},
        },
    )
    assert word("State", LAST_KNOWN, 2) == ("running, last known", GREY)
    assert word("Note", "now", 1) == ("unreadable", YELLOW)
    assert colour_of_reason("timeout") == YELLOW


def test_a_job_whose_values_are_too_old_to_show_is_unread(tmp_path: Path) -> None:
    states = {one: f"{RUNNING[one][0]}x30 stale" for one in RUNNING if "job_state" in one}
    too_old = {**RUNNING, **states, READ: "0x70", UP: "0x70"}
    check(tmp_path, too_old, {query("State", "now"): {ONE: "7"}, query("Note", "now"): {ONE: "1"}})
    assert word("State", "now", 7) == ("unread", GREY)
    assert word("State", LAST_KNOWN, 7) == ("unread", GREY)


def test_a_stalled_job_is_noted(tmp_path: Path) -> None:
    check(tmp_path, {**RUNNING, STALLED: "1x70"}, {query("Note", "now"): {ONE: "2"}})
    assert word("Note", "now", 2) == ("stalled", YELLOW)


@pytest.mark.parametrize(
    ("alert", "number", "note"), [("Unread", 3, "not read"), ("NotStarted", 4, "not started")]
)
def test_an_alert_about_the_job_is_noted(
    tmp_path: Path, alert: str, number: int, note: str
) -> None:
    labels = f'alertname="FusebillServiceJob{alert}",alertstate="firing",severity="warning"'
    of_the_job, of_another = (
        f'ALERTS{{job="fusebill",account="demo",job_id="{job_id}",{labels}}}'
        for job_id in ("7", "8")
    )
    listed = f'{{account="demo", alertname="ServiceJob{alert}", job_id="7"}}'
    check(
        tmp_path,
        {**RUNNING, of_the_job: "1x70", of_another: "1x70"},
        {
            query("Note", "now"): {ONE: str(number)},
            query("Firing alerts of this job", "severity"): {listed: "2"},
        },
    )
    assert word("Note", "now", number) == (note, YELLOW)


def test_what_was_last_known_stays_and_says_so_while_the_exporter_is_down(tmp_path: Path) -> None:
    check(
        tmp_path,
        not_scraped(RUNNING),
        {
            query("State", "now"): {},
            query("State", LAST_KNOWN): {ONE: "2"},
            query("Note", "now"): {},
            query("Note", LAST_KNOWN): {ONE: "0"},
            query("Reason", "A"): reason("not scraped"),
            query("Progress", "A"): {ONE: "40"},
            query("Age of values", "in_time"): {ONE: "660"},
        },
    )
    assert word("State", LAST_KNOWN, 2) == ("running, last known", GREY)
    assert word("Note", LAST_KNOWN, 0) == ("none, last known", GREY)
    assert colour_of_reason("not scraped") == RED


@pytest.mark.parametrize(
    ("number", "note"), [(1, "unreadable, last known"), (2, "stalled, last known"), (3, "not read")]
)
def test_a_problem_keeps_its_colour_while_the_exporter_is_down(number: int, note: str) -> None:
    assert word("Note", LAST_KNOWN, number) == (note, YELLOW)
    assert word("State", LAST_KNOWN, 5) == ("failed, last known", RED)


def test_the_reason_of_a_blocked_account_is_that_of_its_jobs(tmp_path: Path) -> None:
    blocked = 'fusebill_api_blocked{job="fusebill",instance="a:1",account="demo",cause="key"}'
    check(
        tmp_path,
        {**RUNNING, blocked: "1x70"},
        {
            query("Reason", "A"): reason("key"),
            query("State", "now"): {},
            query("State", LAST_KNOWN): {ONE: "2"},
        },
    )
    assert overridden("Reason", {"id": "byName", "options": "key"}, "displayName") == "key refused"
    assert colour_of_reason("key") == RED


UNREAD = (
    'ALERTS{alertname="FusebillServiceJobUnread",alertstate="firing",job="fusebill",'
    'account="demo",job_id="7",severity="warning"}'
)


@pytest.mark.parametrize("scraped", [True, False])
def test_values_are_late_when_the_alert_fires(tmp_path: Path, *, scraped: bool) -> None:
    old = {**RUNNING, READ: "60x70", UNREAD: "1x70"}
    late = {query("Age of values", "in_time"): {}, query("Age of values", "late"): {ONE: "3600"}}
    check(tmp_path, old if scraped else {**not_scraped(old), UNREAD: "1x70"}, late)
    (step,) = overridden("Age of values", {"id": "byFrameRefID", "options": "late"}, "thresholds")[
        "steps"
    ]
    assert step["color"] == YELLOW


def test_values_are_in_time_as_long_as_the_alert_does_not_fire(tmp_path: Path) -> None:
    old = {**RUNNING, READ: "60x70", of("end_confirmed"): "1x70"}
    in_time = {query("Age of values", "in_time"): {ONE: "3600"}, query("Age of values", "late"): {}}
    check(tmp_path, old, {**in_time, query("End", "A"): {ONE: "1"}})
    (step,) = panel_of("Age of values", ONE_JOB)["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert step["color"] == NEUTRAL


def test_a_share_that_is_spent_makes_no_state_an_old_one(tmp_path: Path) -> None:
    spent = 'fusebill_api_blocked{job="fusebill",instance="a:1",account="demo",cause="share"}'
    now = {query("State", "now"): {ONE: "2"}, query("Reason", "A"): reason("share")}
    check(tmp_path, {**RUNNING, spent: "1x70"}, now)


def test_what_another_exporter_reads_has_no_reason(tmp_path: Path) -> None:
    second = {one.replace("a:1", "b:2"): values for one, values in RUNNING.items()}
    failing = {UP: "0x70", of("fetch_error", ',reason="timeout"'): "1x70"}
    well = {query("Reason", "A"): reason("none"), query("Note", "now"): {ONE: "0"}}
    check(tmp_path, {**second, **RUNNING, **failing}, well)


def test_two_exporters_of_a_job_show_it_once(tmp_path: Path) -> None:
    second = {one.replace("a:1", "b:2"): values for one, values in RUNNING.items()}
    failing = {
        UP: "0x70",
        UP.replace("a:1", "b:2"): "0x70",
        of("fetch_error", ',reason="timeout"'): "1x70",
        of("fetch_error", ',reason="tls"').replace("a:1", "b:2"): "1x70",
    }
    check(
        tmp_path,
        {**RUNNING, **second, **failing},
        {
            query("State", LAST_KNOWN): {ONE: "2"},
            query("Note", "now"): {ONE: "1"},
            f"count({query('Reason', 'A')})": {"{}": "1"},
        },
    )


def test_a_job_without_a_name_goes_by_its_id(tmp_path: Path) -> None:
    nameless = {one: values for one, values in RUNNING.items() if one != INFO}
    named = '{account="demo", job_id="7", job_name="7"}'
    check(
        tmp_path,
        {**nameless, of("info", ',job_name="",job_type="a type"'): "1x70"},
        {query("Which job", "name"): {named: "1"}},
    )


def test_the_word_last_known_is_the_latest_of_the_hour(tmp_path: Path) -> None:
    earlier, later = (of("status", f',status="{word}"') for word in ("NotStarted", "Processing"))
    words = {earlier: "1x30 stale", later: "_x30 1x20 stale"}
    check(
        tmp_path,
        {**not_scraped(RUNNING), **words},
        {
            query("Which job", "status"): {
                '{account="demo", job_id="7", status="Processing"}': "3000"
            }
        },
    )


def test_of_a_job_that_nobody_watches_there_is_no_data(tmp_path: Path) -> None:
    tiles = [
        panel for panel in panels(ONE_JOB) if panel["type"] == "stat" and panel["title"] != "Reason"
    ]
    asked = {query(tile["title"], one["refId"]): {} for tile in tiles for one in tile["targets"]}
    check(tmp_path, {}, {**asked, query("Reason", "A"): {'{reason="no data"}': "0"}})
