"""Tables: a row for each thing that its queries have in common, and columns for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders.table import Panel
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    ValueMapping,
)

from grafana import looks
from grafana.looks import property_of
from grafana.panels import About, Query, finish
from grafana.variables import JOB_LINK

Looks = tuple[DynamicConfigValue, ...]


@dataclass(frozen=True)
class Column:
    """A column: its title, the field it is made of, its width in pixels (0: what is left).

    One that has a filter shows a sign for it beside its title.
    """

    title: str
    field: str
    width: int
    looks: Looks = ()
    filtered: bool = False


@dataclass(frozen=True)
class Rows:
    """Which rows there are: `of` is the field that each has, the highest `first` come first.

    Both are fields of values; without `of` there is a row for whatever any query has.
    """

    of: str = ""
    first: str = ""


def unit(name: str, decimals: int | None = None) -> Looks:
    """Return the looks of figures in a unit."""
    more = () if decimals is None else (property_of("decimals", decimals),)
    return (property_of("unit", name), *more)


def _cell(options: common.TableCellOptions) -> DynamicConfigValue:
    return property_of("custom.cellOptions", options)


TEXT = unit("string")
ON_COLOUR = _cell(
    common.TableColoredBackgroundCellOptions(mode=common.TableCellBackgroundDisplayMode.BASIC)
)
PROGRESS = (
    *unit("percent", 1),
    property_of("min", 0),
    property_of("max", 100),
    looks.colour_property(looks.NEUTRAL),
    _cell(
        common.TableBarGaugeCellOptions(
            mode=common.BarGaugeDisplayMode.BASIC, value_display_mode=common.BarGaugeValueMode.TEXT
        )
    ),
)
ITEMS_FAILED = (
    *unit("locale", 0),
    property_of("thresholds", looks.thresholds("transparent", [(1, looks.WARNING)]).build()),
    ON_COLOUR,
)
JOB_ID = (*TEXT, property_of("links", [JOB_LINK]))


def words(mappings: Sequence[ValueMapping]) -> Looks:
    """Return the looks of words on their colours; others, and no word, are on none."""
    return (
        *TEXT,
        property_of("mappings", list(mappings)),
        property_of("thresholds", looks.thresholds("transparent").build()),
        ON_COLOUR,
    )


def table(
    about: About,
    expressions: Mapping[str, str],
    columns: Sequence[Column],
    rows: Rows,
    hidden: Sequence[str] = (),
) -> Panel:
    """Return a table; what is not known is an empty cell.

    `expressions` are by their refs: the values of `x` are the field "Value #x". Fields that are no
    column are left out: values, the time, and the labels `hidden`.
    """
    queries = [Query(one, ref=ref, latest=True, table=True) for ref, one in expressions.items()]
    shown = {column.field for column in columns}
    values = [f"Value #{ref}" for ref in expressions]
    left_out = ["Time", *(value for value in values if value not in shown), *hidden]
    panel = finish(Panel(), about, queries)
    for transformation in (_merge(), *_order(rows), _columns(columns, left_out)):
        panel = panel.with_transformation(transformation)
    panel = panel.override_by_regexp("/.*/", [property_of("noValue", "")])
    for column in columns:
        panel = panel.override_by_name(column.title, _looks(column))
    return (
        panel.min_width(60)
        .cell_height(common.TableCellHeight.SM)
        .footer(build.TableFooterOptions().show(False))
        .color_scheme(looks.by_threshold())
        .thresholds(looks.thresholds("transparent"))
    )


def _looks(column: Column) -> list[DynamicConfigValue]:
    width = [property_of("custom.width", column.width)] if column.width else []
    filterable = property_of("custom.filterable", value=column.filtered)
    return [*width, filterable, *column.looks]


def _merge() -> DataTransformerConfig:
    """Join what the queries say of one thing into one row."""
    return DataTransformerConfig("merge", options={})


def _order(rows: Rows) -> list[DataTransformerConfig]:
    """Leave out the rows that have not the field they are `of`, and put the highest first."""
    made = []
    if rows.of:
        there = {"fieldName": rows.of, "config": {"id": "isNotNull", "options": {}}}
        options = {"type": "include", "match": "all", "filters": [there]}
        made.append(DataTransformerConfig("filterByValue", options=options))
    if rows.first:
        by = {"fields": {}, "sort": [{"field": rows.first, "desc": True}]}
        made.append(DataTransformerConfig("sortBy", options=by))
    return made


def _columns(columns: Sequence[Column], left_out: Sequence[str]) -> DataTransformerConfig:
    """Name and order the columns, and leave out what is none."""
    options = {
        "renameByName": {column.field: column.title for column in columns},
        "indexByName": {column.field: index for index, column in enumerate(columns)},
        "excludeByName": dict.fromkeys(left_out, True),
    }
    return DataTransformerConfig("organize", options=options)
