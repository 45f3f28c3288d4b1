"""The dashboard is what the code builds, and has what the field expects of one."""

import re
from typing import Any

import pytest
import yaml

from grafana.dashboard import FILE as WRITTEN
from grafana.dashboard import to_json
from tests.grafana.committed import (
    DASHBOARD,
    EVERYTHING,
    FILE,
    FOLDER,
    PANELS,
    ROOT,
    ROWS,
    name,
    variables,
)

EACH_PANEL = pytest.mark.parametrize("panel", PANELS, ids=name)
RUNBOOK = "/blob/main/docs/alerts.md"


def test_the_committed_json_is_what_the_code_builds() -> None:
    assert FILE == WRITTEN
    assert FILE.read_text(encoding="utf-8") == to_json(), "make dashboard"


def test_it_is_known_by_a_stable_name_and_cannot_be_edited_in_place() -> None:
    found = {key: DASHBOARD[key] for key in ("title", "uid", "editable")}
    expected = {
        "title": "Fusebill service jobs",
        "uid": "fusebill-service-jobs",
        "editable": False,
    }
    assert found == expected


def test_a_person_meets_the_rows_in_the_order_of_their_questions() -> None:
    assert [row["title"] for row in ROWS] == [
        "Is anything wrong?",
        "What runs?",
        "One job: $job_id",
        "How did they end?",
        "Exporter and API",
    ]


def test_the_row_of_one_job_is_repeated_for_each_chosen_job() -> None:
    assert [row.get("repeat") for row in ROWS] == [None, None, "job_id", None, None]


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


def test_no_two_panels_have_one_id() -> None:
    ids = [panel["id"] for panel in EVERYTHING]
    assert sorted(ids) == list(range(1, len(ids) + 1))


@EACH_PANEL
def test_no_two_queries_of_a_panel_have_one_name(panel: dict[str, Any]) -> None:
    refs = [target["refId"] for target in panel["targets"]]
    assert sorted(set(refs)) == sorted(refs)


def test_the_variables_are_those_that_people_choose_by() -> None:
    labels = {name: variable["label"] for name, variable in variables().items()}
    assert labels == {
        "datasource": "Data source",
        "job": "Job",
        "instance": "Instance",
        "account": "Account",
        "state": "State",
        "job_id": "One job",
    }


@pytest.mark.parametrize("chosen", ["job", "instance", "account", "state"])
def test_all_are_chosen_at_first_and_looked_up_again_with_the_time(chosen: str) -> None:
    variable = variables()[chosen]
    found = {key: variable[key] for key in ("multi", "includeAll", "allValue", "refresh")}
    assert found == {"multi": True, "includeAll": True, "allValue": ".+", "refresh": 2}
    assert variable["current"]["value"] == "$__all"


def test_never_are_all_jobs_shown_one_by_one() -> None:
    variable = variables()["job_id"]
    assert (variable["multi"], variable.get("includeAll", False)) == (True, False)


def links() -> set[str]:
    return {link["url"] for panel in [DASHBOARD, *PANELS] for link in panel.get("links") or []}


def test_each_link_to_the_runbook_leads_to_a_section_that_is_there() -> None:
    headings = re.findall(r"^## (\w+)$", (ROOT / "docs/alerts.md").read_text("utf-8"), re.MULTILINE)
    anchors = {"", *(f"#{heading.lower()}" for heading in headings)}
    runbook = [url for url in links() if RUNBOOK in url]
    assert len(runbook) > len(ROWS)
    assert {url.partition(RUNBOOK)[2] for url in runbook} <= anchors


def test_grafana_finds_the_dashboard_and_its_data_source_with_no_click() -> None:
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
