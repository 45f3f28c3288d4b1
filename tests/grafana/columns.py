"""The columns of the tables, as the JSON has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.grafana.committed import PANELS, name


class Column(NamedTuple):
    """A column: its table, its title, the field it is made of, and how it looks."""

    table: dict[str, Any]
    title: str
    field: str
    looks: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Return what a test of it is called."""
        return f"{name(self.table)}-{self.title}"


def options(table: dict[str, Any], transformation: str) -> dict[str, Any]:
    """Return the options of the only transformation of a kind, or none."""
    found = [one["options"] for one in table["transformations"] if one["id"] == transformation]
    assert len(found) <= 1
    return found[0] if found else {}


def _columns(table: dict[str, Any]) -> list[Column]:
    """Return the columns of a table, from left to right."""
    organize = options(table, "organize")
    order = sorted(organize["indexByName"], key=organize["indexByName"].get)
    titles = {field: organize["renameByName"].get(field, field) for field in order}
    return [Column(table, title, field, _looks(table, title)) for field, title in titles.items()]


def _looks(table: dict[str, Any], title: str) -> dict[str, Any]:
    return {
        one["id"]: one["value"]
        for override in table["fieldConfig"]["overrides"]
        if override["matcher"] == {"id": "byName", "options": title}
        for one in override["properties"]
    }


TABLES = [panel for panel in PANELS if panel["type"] == "table"]

COLUMNS = [column for table in TABLES for column in _columns(table)]
"""The columns of all tables."""
