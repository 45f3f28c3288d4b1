"""The dashboard as a whole, and its JSON."""

import json
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, DashboardCursorSync

from grafana.layout import place
from grafana.panels import RUNBOOK, link, runbook
from grafana.rows import endings, one_job, running, upstream, wrong
from grafana.variables import UID, variables

FILE = Path(__file__).parent / "dashboards" / "fusebill-service-jobs.json"


def make_dashboard() -> Dashboard:
    """Return the dashboard."""
    metrics = RUNBOOK.replace("alerts.md", "metrics.md")
    dashboard = (
        build.Dashboard("Fusebill service jobs")
        .uid(UID)
        .description("The long-running service jobs of Stax Bill (formerly Fusebill).")
        .tags(["fusebill", "stax-bill", "billing"])
        .readonly()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .variables(variables())
        .links([runbook(), link("Metrics", metrics).target_blank(True)])
        .build()
    )
    rows = (wrong, running, one_job, endings, upstream)
    dashboard.panels = place([module.row() for module in rows])
    return dashboard


def to_json() -> str:
    """Return the dashboard's JSON, which is the same for the same code."""
    return json.dumps(make_dashboard(), cls=JSONEncoder, indent=2, ensure_ascii=False) + "\n"
