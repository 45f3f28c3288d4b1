"""The dashboard as it is committed, which is what people get."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "grafana"
FILE = FOLDER / "dashboards/fusebill-service-jobs.json"
DASHBOARD: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))

EVERYTHING: list[dict[str, Any]] = DASHBOARD["panels"]
ROWS = [panel for panel in EVERYTHING if panel["type"] == "row"]
PANELS = [panel for panel in EVERYTHING if panel["type"] != "row"]


def name(panel: dict[str, Any]) -> str:
    """Return what a test of a panel is called."""
    return f"{panel['id']}-{panel['title']}"


def expressions() -> Iterator[tuple[str, str]]:
    """Yield the expression of each query, with a name for it."""
    for panel in PANELS:
        for target in panel["targets"]:
            yield f"{name(panel)}-{target['refId']}", target["expr"]


def variables() -> dict[str, dict[str, Any]]:
    """Return the variables by their names."""
    return {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
