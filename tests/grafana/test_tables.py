"""The columns of the tables: each fits on the screen, and what stands in it into the column."""

from typing import Any

import pytest

from exporter.model import failures
from grafana import looks
from tests.grafana.columns import COLUMNS, TABLES, Column, options
from tests.grafana.pixels import SIGN, width_of, width_of_panel
from tests.prometheus.shipped import ALERTS
from tests.support.demo import jobs_of_demo

EACH = pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
EACH_TABLE = pytest.mark.parametrize("table", TABLES, ids=lambda table: table["title"])


def room(column: Column) -> float:
    """Return the width of a column: its own, or its part of what the others of its table leave."""
    if (own := column.looks.get("custom.width")) is not None:
        return float(own)
    widths = [one.looks.get("custom.width") for one in COLUMNS if one.table == column.table]
    left = width_of_panel(column.table["gridPos"]["w"]) - sum(filter(None, widths))
    return left / widths.count(None)


def of(field: str) -> Any:
    """Parametrize a test by the columns that are made of a field; there is one at least."""
    found = [column for column in COLUMNS if column.field == field]
    assert found, field
    return pytest.mark.parametrize("column", found, ids=lambda column: column.name)


@EACH_TABLE
def test_the_columns_fit_into_the_width_of_the_table(table: dict[str, Any]) -> None:
    columns = [column for column in COLUMNS if column.table == table]
    assert min(room(column) for column in columns) > 0
    assert sum(room(column) for column in columns) <= width_of_panel(table["gridPos"]["w"])


@EACH
def test_no_title_of_a_column_is_cut(column: Column) -> None:
    sign = SIGN if column.looks["custom.filterable"] else 0
    assert width_of(column.title) + sign <= room(column)


def mapped(column: Column) -> list[dict[str, Any]]:
    """Return the texts and the colours of the values of a column."""
    mappings = column.looks.get("mappings", [])
    return [one for mapping in mappings for one in mapping["options"].values()]


@EACH
def test_no_word_for_a_value_is_cut(column: Column) -> None:
    assert max((width_of(one["text"]) for one in mapped(column)), default=0) <= room(column)


def test_states_notes_and_severities_are_words_for_values() -> None:
    shown = {one["text"] for column in COLUMNS for one in mapped(column)}
    assert shown > {*looks.COLOURS, "unreadable", "stalled", "critical", "warning"}


@of("job_name")
def test_the_longest_name_of_the_demo_fits(column: Column) -> None:
    assert max(width_of(name) for name in jobs_of_demo().values()) <= room(column)


@of("account")
def test_the_longest_account_of_the_demo_fits(column: Column) -> None:
    assert max(width_of(account) for account, _ in jobs_of_demo()) <= room(column)


@of("job_id")
def test_an_id_has_room_and_no_sign_over_its_link(column: Column) -> None:
    assert room(column) >= max(70, *(width_of(job_id) for _, job_id in jobs_of_demo()))
    assert column.looks["custom.filterable"] is False


@of("alertname")
def test_the_longest_name_of_an_alert_fits_without_its_first_word(column: Column) -> None:
    assert max(width_of(alert[len("Fusebill") :]) for alert in ALERTS) <= room(column)


REASONS = {
    one.reason
    for one in vars(failures).values()
    if isinstance(one, type) and isinstance(getattr(one, "reason", None), str)
}


@of("reason")
def test_the_longest_reason_of_a_failed_read_fits(column: Column) -> None:
    assert max(map(width_of, REASONS)) <= room(column)


def test_there_are_reasons_of_failed_reads() -> None:
    assert {"invalid_response", "unauthorized"} < REASONS


BARS = [one for one in COLUMNS if one.looks.get("custom.cellOptions", {}).get("type") == "gauge"]


@pytest.mark.parametrize("column", BARS, ids=lambda column: column.name)
def test_a_progress_bar_is_more_than_a_sliver(column: Column) -> None:
    assert room(column) >= 150


def test_there_is_a_progress_bar() -> None:
    assert BARS


COLOURED = [
    one
    for one in COLUMNS
    if one.looks.get("custom.cellOptions", {}).get("type") == "color-background"
]


@pytest.mark.parametrize("column", COLOURED, ids=lambda column: column.name)
def test_an_empty_cell_is_not_grey(column: Column) -> None:
    """Grey says that something is not known, and an empty note that all is well."""
    assert column.looks["thresholds"]["steps"][0] == {"value": None, "color": "transparent"}


def test_notes_are_coloured() -> None:
    assert {"note", "state"} <= {column.field for column in COLOURED}


@EACH_TABLE
def test_an_unknown_cell_of_a_table_is_empty(table: dict[str, Any]) -> None:
    (override,) = [
        one for one in table["fieldConfig"]["overrides"] if one["matcher"]["options"] == "/.*/"
    ]
    assert override["properties"] == [{"id": "noValue", "value": ""}]


@EACH_TABLE
def test_a_column_is_named_for_people(table: dict[str, Any]) -> None:
    titles = [column.title for column in COLUMNS if column.table == table]
    assert len(titles) == len({*titles})
    assert [title for title in titles if {*title} & {"#", "_"}] == []


@EACH_TABLE
def test_each_value_is_a_column_or_left_out(table: dict[str, Any]) -> None:
    organize = options(table, "organize")
    shown = {*organize["renameByName"]}
    left_out = {field for field, out in organize["excludeByName"].items() if out}
    assert {"Time", *(f"Value #{target['refId']}" for target in table["targets"])} <= (
        shown | left_out
    )
    assert shown & left_out == set()
    assert shown == {*organize["indexByName"]}


@of("job_name")
def test_a_name_stands_before_what_is_longer_and_says_less(column: Column) -> None:
    fields = [one.field for one in COLUMNS if one.table == column.table]
    after = fields[fields.index("job_name") :]
    assert {"job_id", "account", "job_type"} & {*fields} <= {*after}
