"""The dashboards as they are committed, which is what people get."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "grafana"
ALL_JOBS, ONE_JOB = "fusebill-service-jobs", "fusebill-service-job"

DASHBOARDS: Mapping[str, dict[str, Any]] = {
    uid: json.loads((FOLDER / f"dashboards/{uid}.json").read_text(encoding="utf-8"))
    for uid in (ALL_JOBS, ONE_JOB)
}


def everything(uid: str) -> list[dict[str, Any]]:
    """Return the panels and rows of a dashboard."""
    panels: list[dict[str, Any]] = DASHBOARDS[uid]["panels"]
    return panels


def panels(uid: str) -> list[dict[str, Any]]:
    """Return the panels of a dashboard without its rows."""
    return [panel for panel in everything(uid) if panel["type"] != "row"]


PANELS = [panel for uid in DASHBOARDS for panel in panels(uid)]
"""The panels of both dashboards."""


def name(panel: dict[str, Any]) -> str:
    """Return what a test of a panel is called."""
    return f"{_short(_of(panel))}-{panel['id']}-{panel['title']}"


def _of(panel: dict[str, Any]) -> str:
    return ALL_JOBS if panel in panels(ALL_JOBS) else ONE_JOB


def _short(uid: str) -> str:
    return uid.removeprefix("fusebill-service-")


def panel_of(title: str, uid: str = ALL_JOBS) -> dict[str, Any]:
    """Return the panel with a title."""
    (panel,) = [panel for panel in panels(uid) if panel["title"] == title]
    return panel


class Query(NamedTuple):
    """A query of a panel, or of marks over the charts; an `instant` one has a present value."""

    name: str
    uid: str
    title: str
    ref: str
    expr: str
    instant: bool


def _queries() -> Iterator[Query]:
    for panel in PANELS:
        uid, title = _of(panel), panel["title"]
        for target in panel["targets"]:
            ref, expr, instant = target["refId"], target["expr"], target.get("instant", False)
            yield Query(f"{name(panel)}-{ref}", uid, title, ref, expr, instant)
    for uid, dashboard in DASHBOARDS.items():
        for marks in (dashboard.get("annotations") or {}).get("list") or []:
            if expr := marks.get("expr") or (marks.get("target") or {}).get("expr"):
                title = marks["name"]
                yield Query(f"{_short(uid)}-{title}", uid, title, "", expr, instant=False)


QUERIES = tuple(_queries())
"""The queries of both dashboards."""


def variables(uid: str = ALL_JOBS) -> dict[str, dict[str, Any]]:
    """Return the variables of a dashboard by their names."""
    return {variable["name"]: variable for variable in DASHBOARDS[uid]["templating"]["list"]}


def expression_of(title: str, ref: str = "A", uid: str = ALL_JOBS) -> str:
    """Return the expression of a query of a panel."""
    (found,) = [one["expr"] for one in panel_of(title, uid)["targets"] if one["refId"] == ref]
    return str(found)


def overrides(panel: dict[str, Any], matcher: str = "byName") -> dict[str, dict[str, Any]]:
    """Return the properties that a panel overrides, by names or by what else `matcher` says."""
    return {
        one["matcher"]["options"]: {each["id"]: each["value"] for each in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
        if one["matcher"]["id"] == matcher
    }


def colours(panel: dict[str, Any]) -> dict[str, str]:
    """Return the fixed colours of a panel's series by their names."""
    return {name: of["color"]["fixedColor"] for name, of in overrides(panel).items()}
