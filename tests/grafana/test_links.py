"""Where the links lead: from a job to all of it and back, and to the runbook."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.grafana.columns import COLUMNS, Column
from tests.grafana.committed import ALL_JOBS, DASHBOARDS, ONE_JOB, PANELS, ROOT, panels, variables
from tests.prometheus.shipped import ALERTS

RUNBOOK = "/blob/main/docs/alerts.md"
HEADINGS = re.findall(r"^## (\w+)$", (ROOT / "docs/alerts.md").read_text("utf-8"), re.MULTILINE)
OF_JOBS = [
    column for column in COLUMNS if column.field == "job_id" and column.table in panels(ALL_JOBS)
]
EACH_ID = pytest.mark.parametrize("column", OF_JOBS, ids=lambda column: column.name)

KEPT = {"${__url_time_range}", "${datasource:queryparam}", "${job:queryparam}"}
KEPT |= {"${instance:queryparam}"}
"""What is chosen besides the job and its account, and the time."""


def links() -> set[str]:
    return {
        link["url"] for one in [*DASHBOARDS.values(), *PANELS] for link in one.get("links") or []
    }


def parts(url: str) -> tuple[str, set[str]]:
    """Return the path and the parts of the query of a link."""
    return urlsplit(url).path, set(urlsplit(url).query.split("&"))


def test_each_link_to_the_runbook_leads_to_a_section_that_is_there() -> None:
    anchors = {"", *(f"#{heading.lower()}" for heading in HEADINGS)}
    runbook = {url.partition(RUNBOOK)[2] for url in links() if RUNBOOK in url}
    assert len(runbook) > 5
    assert runbook <= anchors


IN_RUNBOOK = [
    (column, link["url"])
    for column in COLUMNS
    for link in column.looks.get("links", [])
    if RUNBOOK in link["url"]
]


@pytest.mark.parametrize(("column", "url"), IN_RUNBOOK)
def test_each_alert_in_a_table_leads_to_its_section(column: Column, url: str) -> None:
    assert column.field == "alertname"
    anchor = urlsplit(url).fragment
    assert {re.sub(r"\$\{[^}]+\}", alert[len("Fusebill") :], anchor) for alert in ALERTS} <= {
        *HEADINGS
    }


def test_there_are_ids_of_jobs_and_alerts_to_click_on() -> None:
    assert OF_JOBS
    assert IN_RUNBOOK


@EACH_ID
def test_the_id_of_a_job_leads_to_all_of_it_with_what_is_chosen(column: Column) -> None:
    (link,) = column.looks["links"]
    path, query = parts(link["url"])
    assert path == f"/d/{ONE_JOB}"
    values = dict(parse_qsl(urlsplit(link["url"]).query))
    assert re.fullmatch(r"\$\{__value\.raw(:percentencode)?\}", values["var-job_id"])
    assert re.fullmatch(r"\$\{__data\.fields\.Account(:percentencode)?\}", values["var-account"])
    assert query >= KEPT
    assert {f"var-{name}" for name in variables(ONE_JOB)} >= values.keys()


@EACH_ID
def test_beside_the_id_of_a_job_stands_its_account_which_the_link_takes(column: Column) -> None:
    beside = [one.field for one in COLUMNS if one.table == column.table and one.title == "Account"]
    assert beside == ["account"]


def test_one_job_leads_back_to_all_jobs_with_what_is_chosen() -> None:
    back = [link for link in DASHBOARDS[ONE_JOB]["links"] if link["url"].startswith("/d/")]
    (path, query) = parts(back[0]["url"])
    assert (len(back), path) == (1, f"/d/{ALL_JOBS}")
    assert query >= KEPT
