"""The rows of a table, as Grafana makes them of what its queries find."""

from collections.abc import Iterator
from typing import Any

from tests.e2e.conftest import Prometheus
from tests.grafana.asking import asked
from tests.grafana.columns import options

Row = dict[str, Any]


def rows(server: Prometheus, table: dict[str, Any], at: float, **chosen: str) -> list[Row]:
    """Return the rows of a table at a time: merged, filtered, sorted, and with their titles."""
    frames = [
        [
            {**series["metric"], f"Value #{target['refId']}": float(series["value"][1])}
            for series in server.found(asked(target["expr"], **chosen), at)
        ]
        for target in table["targets"]
    ]
    merged = _merge([frame for frame in frames if frame])
    for there in options(table, "filterByValue").get("filters", []):
        assert there["config"]["id"] == "isNotNull"
        merged = [row for row in merged if there["fieldName"] in row]
    for order in options(table, "sortBy").get("sort", []):
        field = order["field"]
        merged.sort(key=lambda row: row.get(field, float("-inf")), reverse=order["desc"])
    return [dict(_titled(row, options(table, "organize"))) for row in merged]


def _merge(frames: list[list[Row]]) -> list[Row]:
    """Join rows that are equal in the fields that all frames have, and differ in no other."""
    shared = set.intersection(*({*frame[0]} for frame in frames)) if frames else set()
    merged: list[Row] = []
    for row in (row for frame in frames for row in frame):
        for other in merged:
            same = {field for field in row if other.get(field, row[field]) == row[field]}
            if shared <= {*other} and same == {*row}:
                other.update(row)
                break
        else:
            merged.append(dict(row))
    return merged


def _titled(row: Row, organize: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, title in organize["renameByName"].items():
        if field in row and not organize["excludeByName"].get(field, False):
            yield title, row[field]
