"""The dashboards are what the code builds, and have what the field expects of one."""

from typing import Any

import pytest
import yaml

from grafana.dashboard import files
from tests.grafana.committed import (
    ALL_JOBS,
    DASHBOARDS,
    FOLDER,
    ONE_JOB,
    PANELS,
    ROOT,
    everything,
    name,
    variables,
)

EACH = pytest.mark.parametrize("uid", DASHBOARDS)
EACH_PANEL = pytest.mark.parametrize("panel", PANELS, ids=name)


def test_the_committed_json_is_what_the_code_builds() -> None:
    committed = {
        file: file.read_text(encoding="utf-8") for file in (FOLDER / "dashboards").iterdir()
    }
    assert committed == files(), "make dashboard"


@pytest.mark.parametrize(
    ("uid", "title"),
    [(ALL_JOBS, "Fusebill service jobs"), (ONE_JOB, "Fusebill service job")],
)
def test_it_is_known_by_a_stable_name_and_cannot_be_edited_in_place(uid: str, title: str) -> None:
    found = {key: DASHBOARDS[uid][key] for key in ("title", "uid", "editable")}
    assert found == {"title": title, "uid": uid, "editable": False}


def rows(uid: str) -> list[dict[str, Any]]:
    return [one for one in everything(uid) if one["type"] == "row"]


def test_a_person_meets_the_rows_in_the_order_of_their_questions() -> None:
    assert [row["title"] for row in rows(ALL_JOBS)] == [
        "Is anything wrong?",
        "What runs?",
        "How did they end?",
        "Exporter and API",
    ]


def test_all_of_one_job_is_in_one_row_at_most() -> None:
    assert [row["title"] for row in rows(ONE_JOB)] in ([], ["One job: $job_id"])


@EACH
def test_nothing_is_repeated_or_has_to_be_opened(uid: str) -> None:
    assert [one["title"] for one in everything(uid) if one.get("repeat")] == []
    assert [row["title"] for row in rows(uid) if row.get("collapsed")] == []


@EACH_PANEL
def test_each_panel_says_what_it_shows_in_which_unit(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]


@EACH_PANEL
def test_each_panel_asks_the_chosen_data_source(panel: dict[str, Any]) -> None:
    assert panel["datasource"] == {"type": "prometheus", "uid": "$datasource"}


@EACH_PANEL
def test_each_panel_without_data_says_so_in_words(panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["noValue"] == "no data"


@EACH_PANEL
def test_a_gap_in_the_data_stays_a_gap(panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"].get("custom", {}).get("spanNulls", False) is False


@EACH
def test_no_two_panels_have_one_id(uid: str) -> None:
    ids = [panel["id"] for panel in everything(uid)]
    assert sorted(ids) == list(range(1, len(ids) + 1))


@EACH_PANEL
def test_no_two_queries_of_a_panel_have_one_name(panel: dict[str, Any]) -> None:
    refs = [target["refId"] for target in panel["targets"]]
    assert sorted(set(refs)) == sorted(refs)


TARGETS = {"datasource": "Data source", "job": "Job", "instance": "Instance", "account": "Account"}


@pytest.mark.parametrize(
    ("uid", "more"), [(ALL_JOBS, {"state": "State"}), (ONE_JOB, {"job_id": "Service job"})]
)
def test_the_variables_are_those_that_people_choose_by(uid: str, more: dict[str, str]) -> None:
    labels = {name: variable["label"] for name, variable in variables(uid).items()}
    assert list(labels.items()) == [*TARGETS.items(), *more.items()]


@pytest.mark.parametrize(
    "variable",
    [
        variable
        for uid in DASHBOARDS
        for name, variable in variables(uid).items()
        if name not in ("datasource", "job_id")
    ],
    ids=lambda variable: variable["name"],
)
def test_all_are_chosen_at_first_and_looked_up_again_with_the_time(
    variable: dict[str, Any],
) -> None:
    found = {key: variable[key] for key in ("multi", "includeAll", "allValue", "refresh")}
    assert found == {"multi": True, "includeAll": True, "allValue": ".+", "refresh": 2}
    assert variable["current"]["value"] == "$__all"


def test_one_job_alone_is_chosen_and_never_all() -> None:
    variable = variables(ONE_JOB)["job_id"]
    assert (variable["multi"], variable.get("includeAll", False)) == (False, False)


def test_another_time_does_not_choose_another_job() -> None:
    """Looked up with the time, a job that was not there then would be replaced by the first."""
    assert variables(ONE_JOB)["job_id"]["refresh"] == 1


def test_grafana_finds_the_dashboards_and_their_data_source_with_no_click() -> None:
    provider = yaml.safe_load((FOLDER / "provisioning/dashboards/fusebill.yaml").read_text("utf-8"))
    source = yaml.safe_load(
        (FOLDER / "provisioning/datasources/prometheus.yaml").read_text("utf-8")
    )
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
    (folder,) = [one["options"]["path"] for one in provider["providers"]]
    mounts = compose["services"]["grafana"]["volumes"]
    for source_folder, place in (
        ("provisioning/dashboards", "/etc/grafana/provisioning/dashboards"),
        ("provisioning/datasources", "/etc/grafana/provisioning/datasources"),
        ("dashboards", folder),
    ):
        assert f"./grafana/{source_folder}:{place}:ro" in mounts
    (prometheus,) = source["datasources"]
    assert (prometheus["type"], prometheus["isDefault"]) == ("prometheus", True)
    assert prometheus["url"] == "http://prometheus:9090"
