"""What runs? The table of jobs, their states over time, their progress and their pace."""

from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders import statetimeline, timeseries
from grafana_foundation_sdk.models import common

from grafana import job, looks, naming, promql
from grafana.known import of_jobs
from grafana.layout import Row
from grafana.panels import About, Query, finish, lines, many_lines
from grafana.rows.running_jobs import running_jobs

JOBS_ON_A_PAGE = 20
POINTS_OF_A_JOB = 300
"""Points over time, one for about three pixels: thousands of jobs are to be drawn too."""

FURTHEST = 20
LEGEND = 270
"""Pixels of a legend: room for a name of 22 characters and a figure."""


def row() -> Row:
    """Return the row of what runs."""
    return Row(
        "What runs?",
        [
            [running_jobs().build()],
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
    expression = naming.legends(promql.numbered_states("fusebill_service_job_state", matchers))
    panel = timeline(about, Query(expression, "{{job_name}}")).per_page(JOBS_ON_A_PAGE)
    return panel.max_data_points(POINTS_OF_A_JOB)


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
        "The API's percentComplete of the jobs that run, or were last known to, at the end of the "
        f"dashboard's time: the {FURTHEST} that are furthest.",
        "percent",
        width=14,
        height=11,
    )
    running = promql.by_job(job.running(of_jobs("percent_complete")))
    furthest = f"topk({FURTHEST}, {promql.at_end(running)})"
    percent = promql.by_job(promql.of_job("percent_complete"))
    query = Query(naming.legends(f"{percent} and on (account, job_id) {furthest}"), "{{job_name}}")
    return many_lines(about, query, LEGEND).min(0).max(100)


def _pace() -> timeseries.Panel:
    about = About(
        "Items a minute",
        "Items done and failed a minute, of all jobs of an account. A job that is read rarely "
        "moves in steps.",
        "short",
        width=10,
        height=11,
    )
    done, failed = (
        Query(_items_a_minute(f"items_{name}"), "{{account}} " + legend, ref)
        for name, legend, ref in (("successful", "done", "A"), ("failed", "failed", "B"))
    )
    panel = lines(about, done, failed).axis_soft_max(1).color_scheme(looks.shades(looks.GOOD))
    return panel.override_by_query("B", [looks.shades_property(looks.WARNING)])


def _items_a_minute(name: str) -> str:
    pace = f"clamp_min(deriv({promql.of_job(name)}[$__rate_interval]), 0)"
    return f"60 * sum by (account) ({promql.by_job(pace)})"
