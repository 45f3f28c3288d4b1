"""What runs? The table of jobs, their states over time, their progress and their pace."""

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders import statetimeline, timeseries
from grafana_foundation_sdk.models import common

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, finish, lines
from grafana.rows.table import table

JOBS_ON_A_PAGE = 20


def row() -> Row:
    """Return the row of what runs."""
    return Row(
        "What runs?",
        [
            [table().build()],
            [_states().build()],
            [_progress().build(), _pace().build()],
        ],
    )


def _states() -> statetimeline.Panel:
    about = About(
        "States over time",
        "The state of each job over time, of the chosen states; 20 jobs on a page. A gap: there "
        "were no values.",
        "none",
        width=24,
        height=11,
    )
    matchers = f'{promql.ACCOUNT},state=~"$state"'
    expression = promql.numbered_states("fusebill_service_job_state", matchers)
    return timeline(about, Query(expression, "{{account}} {{job_id}}")).per_page(JOBS_ON_A_PAGE)


def timeline(about: About, query: Query) -> statetimeline.Panel:
    """Return a panel of numbered states over time, in their words and colours.

    Its colour is a fixed one, that the mapping overrides: by thresholds, Grafana would merge the
    numbers into ranges and show no word.
    """
    panel = finish(statetimeline.Panel(), about, [query])
    return (
        panel.mappings(looks.state_numbers())
        .color_scheme(looks.fixed(looks.NOT_YET))
        .show_value(common.VisibilityMode.AUTO)
        .merge_values(True)
        .row_height(0.8)
        .fill_opacity(80)
        .legend(
            build.VizLegendOptions()
            .show_legend(True)
            .display_mode(common.LegendDisplayMode.LIST)
            .placement(common.LegendPlacement.BOTTOM)
        )
        .tooltip(build.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE))
    )


def _progress() -> timeseries.Panel:
    about = About(
        "Progress of running jobs",
        "The API's percentComplete of each job while it runs, by job.",
        "percent",
        width=12,
        height=9,
    )
    percent = promql.running(
        promql.of_job("percent_complete"), promql.of_job("state", 'state="running"')
    )
    query = Query(promql.by_job(percent), "{{account}} {{job_id}}")
    return lines(about, query, many=True).min(0).max(100).color_scheme(looks.shades(looks.AT_WORK))


def _pace() -> timeseries.Panel:
    about = About(
        "Items a second",
        "Items done and failed a second, of all jobs of an account. A job that is read rarely "
        "moves in steps.",
        "short",
        width=12,
        height=9,
    )
    done, failed = (
        Query(_items_a_second(f"items_{name}"), "{{account}} " + legend, ref)
        for name, legend, ref in (("successful", "done", "A"), ("failed", "failed", "B"))
    )
    panel = lines(about, done, failed, many=True).color_scheme(looks.shades(looks.GOOD))
    return panel.override_by_query("B", [looks.shades_property(looks.WARNING)])


def _items_a_second(name: str) -> str:
    pace = f"clamp_min(deriv({promql.of_job(name)}[$__rate_interval]), 0)"
    return f"sum by (account) ({promql.by_job(pace)})"
