"""How did they end? Watched and finished jobs by state, and how long they took."""

from grafana_foundation_sdk.builders import bargauge, common, timeseries
from grafana_foundation_sdk.models import common as model

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, bars, lines

OUTCOMES = ("succeeded", "partial", "failed")


def row() -> Row:
    """Return the row of what has ended."""
    return Row(
        "How did they end?",
        [
            [_watched().build(), _finished().build(), _durations().build()],
            [_over_time().build()],
        ],
    )


def _by_state(panel: bargauge.Panel) -> bargauge.Panel:
    for state, colour in looks.COLOURS.items():
        panel = panel.override_by_name(state, [looks.colour_property(colour)])
    return panel


def _watched() -> bargauge.Panel:
    about = About("Watched jobs", "Watched jobs by state, now.", "locale", width=6, height=9)
    each = f"max by (account, state) ({promql.of_account('fusebill_jobs')})"
    return _by_state(bars(about, Query(f"sum by (state) ({each})", "{{state}}", latest=True)))


def _finished() -> bargauge.Panel:
    about = About(
        "Finished in this time",
        "Jobs that were seen to finish in the dashboard's time, by outcome. Each exporter that "
        "watches a job counts it.",
        "locale",
        width=6,
        height=9,
    )
    query = Query(_increase("$__range"), "{{state}}", latest=True)
    return _by_state(bars(about, query)).decimals(0)


def _durations() -> bargauge.Panel:
    about = About(
        "How long they took",
        "From createdTimestamp to completedTimestamp, of jobs that were seen to finish in the "
        "dashboard's time: p50 is what half of them took at most.",
        "s",
        width=12,
        height=9,
    )
    queries = [
        Query(
            promql.quantile(share, "fusebill_job_duration_seconds", _IN_RANGE, "state"),
            "{{state}}, " + legend,
            ref,
            latest=True,
        )
        for share, legend, ref in ((0.5, "p50", "A"), (0.9, "p90", "B"))
    ]
    panel = bars(about, *queries)
    for state in OUTCOMES:
        colour = looks.colour_property(looks.COLOURS[state])
        panel = panel.override_by_regexp(f"/^{state}, /", [colour])
    return panel


_IN_RANGE = "increase({}[$__range])"


def _over_time() -> timeseries.Panel:
    about = About(
        "Finished jobs over time",
        "Jobs that were seen to finish in each step of at least 5 minutes, by outcome.",
        "locale",
        width=24,
        height=8,
    )
    panel = lines(about, Query(_increase("$__rate_interval"), "{{state}}")).decimals(0)
    for state in OUTCOMES:
        panel = panel.override_by_name(state, [looks.colour_property(looks.COLOURS[state])])
    return (
        panel.draw_style(model.GraphDrawStyle.BARS)
        .fill_opacity(80)
        .interval("5m")
        .stacking(common.StackingConfig().mode(model.StackingMode.NORMAL))
    )


def _increase(window: str) -> str:
    """Return how many jobs finished, by outcome, through restarts at whatever address."""
    finished = f"increase({promql.of_account('fusebill_jobs_finished_total')}[{window}])"
    return f"round(sum by (state) ({finished}))"
