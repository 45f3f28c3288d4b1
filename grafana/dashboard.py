"""The dashboards as a whole, and their JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, DashboardCursorSync

from grafana import promql, variables
from grafana.annotations import annotations
from grafana.layout import place
from grafana.panels import RUNBOOK, link, runbook
from grafana.rows import endings, one_job, running, upstream, wrong

FOLDER = Path(__file__).parent / "dashboards"


def _dashboard(title: str, uid: str, description: str) -> build.Dashboard:
    """Return what the dashboards have in common."""
    return (
        build.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["fusebill", "stax-bill", "billing"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
    )


_RUNBOOK_AND_METRICS = (
    runbook(),
    link("Metrics", RUNBOOK.replace("alerts.md", "metrics.md")).target_blank(True),
)


def all_jobs() -> Dashboard:
    """Return the dashboard of all jobs, their accounts and exporters."""
    dashboard = (
        _dashboard(
            "Fusebill service jobs",
            variables.UID,
            "The long-running service jobs of Stax Bill (formerly Fusebill).",
        )
        .variables(variables.of_all_jobs())
        .annotations(annotations())
        .links(list(_RUNBOOK_AND_METRICS))
        .build()
    )
    dashboard.panels = place([module.row() for module in (wrong, running, endings, upstream)])
    return dashboard


def job_alone() -> Dashboard:
    """Return the dashboard of one job."""
    dashboard = (
        _dashboard(
            "Fusebill service job",
            variables.UID_OF_ONE_JOB,
            "All of one service job of Stax Bill (formerly Fusebill).",
        )
        .variables(variables.of_one_job())
        .annotations(annotations(promql.ONE_JOB))
        .links([link("All jobs", variables.ALL_JOBS), *_RUNBOOK_AND_METRICS])
        .build()
    )
    dashboard.panels = place([one_job.row()])
    return dashboard


def files() -> Mapping[Path, str]:
    """Return the JSON of each dashboard by its file; it is the same for the same code."""
    made = {variables.UID: all_jobs(), variables.UID_OF_ONE_JOB: job_alone()}
    return {FOLDER / f"{uid}.json": _to_json(dashboard) for uid, dashboard in made.items()}


def _to_json(dashboard: Dashboard) -> str:
    return json.dumps(dashboard, cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
