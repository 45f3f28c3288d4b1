"""Panels of each kind, with what all of them share: a data source, a description, a unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import common as model
from grafana_foundation_sdk.models.dashboard import (
    DashboardLink as DashboardLinkModel,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    DynamicConfigValue,
    GridPos,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana import looks

DATA_SOURCE = DataSourceRef(type_val="prometheus", uid="$datasource")
RUNBOOK = "https://github.com/fusebill-exporter/fusebill-exporter/blob/main/docs/alerts.md"


@dataclass(frozen=True)
class Query:
    """An expression; `latest` asks for its present value only, `table` for one row a series."""

    expr: str
    legend: str = ""
    ref: str = "A"
    latest: bool = False
    table: bool = False

    def target(self) -> prometheus.Dataquery:
        """Return it as Grafana has it."""
        made = prometheus.Dataquery().expr(self.expr).ref_id(self.ref).legend_format(self.legend)
        made = made.instant() if self.latest else made.range()
        return made.format(PromQueryFormat.TABLE if self.table else PromQueryFormat.TIME_SERIES)


LAST_KNOWN = "last_known"
"""The ref of the query for what was last known."""


def now_or_last_known(expression: str, lost: str) -> tuple[Query, Query]:
    """Return the queries of a value: as it is now, or as it was last known if anything is `lost`.

    One of the two has a value. `expression` has no labels.
    """
    now = f"{expression} unless on () group({lost})"
    last = f"{expression} and on () group({lost})"
    return Query(now, ref="now", latest=True), Query(last, ref=LAST_KNOWN, latest=True)


@dataclass(frozen=True)
class About:
    """What a panel is: its title, what it says, its unit, its width and height in the grid.

    `alert` names the alert whose section of the runbook it links to.
    """

    title: str
    description: str
    unit: str
    width: int
    height: int
    alert: str = ""


class _Panel(Protocol):
    """What the builders of all kinds of panels have."""

    def title(self, title: str, /) -> Self: ...
    def description(self, description: str, /) -> Self: ...
    def unit(self, unit: str, /) -> Self: ...
    def datasource(self, datasource: DataSourceRef, /) -> Self: ...
    def grid_pos(self, grid_pos: GridPos, /) -> Self: ...
    def no_value(self, no_value: str, /) -> Self: ...
    def links(self, links: list[Builder[DashboardLinkModel]], /) -> Self: ...
    def targets(self, targets: list[Builder[Dataquery]], /) -> Self: ...
    def override_by_name(self, name: str, properties: list[DynamicConfigValue], /) -> Self: ...


_P = TypeVar("_P", bound=_Panel)


def finish(panel: _P, about: About, queries: Sequence[Query]) -> _P:
    """Give a panel what every one has."""
    panel = panel.title(about.title).description(about.description).unit(about.unit)
    panel = panel.datasource(DATA_SOURCE).grid_pos(GridPos(w=about.width, h=about.height))
    panel = panel.no_value(looks.NO_DATA).targets([query.target() for query in queries])
    return panel.links([runbook(about.alert)]) if about.alert else panel


def coloured(panel: _P, colours: Mapping[str, str]) -> _P:
    """Give each series its colour, by its name."""
    for name, colour in colours.items():
        panel = panel.override_by_name(name, [looks.colour_property(colour)])
    return panel


def runbook(alert: str = "") -> DashboardLink:
    """Return the link to the runbook, or to the section of one alert."""
    title = f"Runbook: {alert}" if alert else "Runbook"
    url = f"{RUNBOOK}#{alert.lower()}" if alert else RUNBOOK
    return link(title, url).target_blank(True)


def link(title: str, url: str) -> DashboardLink:
    """Return a link."""
    return DashboardLink(title).type(DashboardLinkType.LINK).url(url)


def number(about: About, *queries: Query) -> stat.Panel:
    """Return a panel of present values in large figures, coloured by their thresholds."""
    panel = finish(stat.Panel(), about, queries)
    return (
        panel.graph_mode(model.BigValueGraphMode.NONE)
        .color_mode(model.BigValueColorMode.BACKGROUND_SOLID)
        .text_mode(model.BigValueTextMode.AUTO)
        .justify_mode(model.BigValueJustifyMode.AUTO)
        .thresholds(looks.thresholds(looks.NOT_YET))
        .mappings([looks.no_data()])
        .orientation(model.VizOrientation.AUTO)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def last_known(bad: Iterable[tuple[float, str]], unit: str = "") -> list[DynamicConfigValue]:
    """Return what marks a figure as one that was last known: words, and grey where it was good.

    `bad` are the steps of its colours, as thresholds have them.
    """
    steps = [(value, looks.NOT_YET if colour == looks.GOOD else colour) for value, colour in bad]
    return [
        looks.property_of("unit", "suffix:" + f"{unit} last known".lstrip()),
        looks.property_of("thresholds", looks.thresholds(looks.NOT_YET, steps).build()),
    ]


def plain(about: About, *queries: Query) -> stat.Panel:
    """Return a panel of present values in large figures that are neither good nor bad."""
    return number(about, *queries).color_mode(model.BigValueColorMode.NONE)


def bars(about: About, *queries: Query) -> bargauge.Panel:
    """Return a panel of present values as bars, each with its name and its figure."""
    panel = finish(bargauge.Panel(), about, queries)
    return (
        panel.display_mode(model.BarGaugeDisplayMode.BASIC)
        .orientation(model.VizOrientation.HORIZONTAL)
        .value_mode(model.BarGaugeValueMode.TEXT)
        .sizing(model.BarGaugeSizing.MANUAL)
        .max_viz_height(24)
        .name_placement(model.BarGaugeNamePlacement.LEFT)
        .show_unfilled(True)
        .min(0)
        .color_scheme(looks.by_threshold())
        .thresholds(looks.thresholds(looks.NEUTRAL))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    )


def lines(about: About, *queries: Query) -> timeseries.Panel:
    """Return a panel of values over time; a gap in the data is a gap in the line."""
    panel = finish(timeseries.Panel(), about, queries)
    return (
        panel.draw_style(model.GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(10)
        .show_points(model.VisibilityMode.AUTO)
        .span_nulls(False)
        .axis_soft_min(0)
        .color_scheme(looks.shades(looks.NEUTRAL))
        .legend(_legend(model.LegendDisplayMode.LIST, model.LegendPlacement.BOTTOM))
        .tooltip(_tooltip(model.TooltipDisplayMode.MULTI))
    )


def many_lines(about: About, query: Query, legend: int) -> timeseries.Panel:
    """Return a panel of many lines, each with its own colour and figure.

    Its legend is a table beside it, the highest figure first, `legend` pixels wide.
    """
    beside = _legend(model.LegendDisplayMode.TABLE, model.LegendPlacement.RIGHT)
    return (
        lines(about, query)
        .fill_opacity(0)
        .color_scheme(looks.by_name())
        .legend(beside.width(legend).calcs(["lastNotNull"]).sort_by("Last *").sort_desc(True))
        .tooltip(_tooltip(model.TooltipDisplayMode.SINGLE))
    )


def _legend(
    mode: model.LegendDisplayMode, placement: model.LegendPlacement
) -> common.VizLegendOptions:
    legend = common.VizLegendOptions().show_legend(True)
    return legend.display_mode(mode).placement(placement)


def _tooltip(mode: model.TooltipDisplayMode) -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(mode).sort(model.SortOrder.DESCENDING)
