"""How did they end? Watched and finished jobs by state, and how long they took."""

from dataclasses import replace

from grafana_foundation_sdk.builders import bargauge, common, table, timeseries
from grafana_foundation_sdk.models import common as model

from grafana import looks, promql, tables
from grafana.known import LOST_ACCOUNTS, of_accounts
from grafana.layout import Row
from grafana.panels import About, Query, bars, coloured, lines, now_or_last_known
from grafana.promql import OUTCOMES, equals
from grafana.tables import Column, Rows, unit, words

_WORST_FIRST = ("failed", "partial", "unknown", "unread", "running", "pending", "succeeded")


def row() -> Row:
    """Return the row of what has ended."""
    return Row(
        "How did they end?",
        [
            [_watched().build(), _finished().build(), _durations().build()],
            [_over_time().build()],
        ],
    )


def _watched() -> bargauge.Panel:
    about = About(
        "Jobs watched",
        "Watched jobs by state, now; while the exporter cannot be scraped, as last known.",
        "locale",
        width=8,
        height=8,
    )
    now, before = zip(*map(_watched_in, _WORST_FIRST), strict=True)
    colours = {query.legend: looks.COLOURS[query.legend.split(",")[0]] for query in (*now, *before)}
    return coloured(bars(about, *now, *before), colours)


def _watched_in(state: str) -> tuple[Query, Query]:
    """Return the queries of the jobs in a state, now and as last known, under their names."""
    each = f"max by (account) ({of_accounts('fusebill_jobs', equals('state', state))})"
    now, before = now_or_last_known(f"sum({each})", LOST_ACCOUNTS)
    return (
        replace(now, legend=state, ref=state),
        replace(before, legend=f"{state}, last known", ref=f"{state}_{before.ref}"),
    )


def _finished() -> bargauge.Panel:
    about = About(
        "Jobs finished",
        "Jobs that were seen to finish in the dashboard's time, by outcome. Each exporter that "
        "watches a job counts it.",
        "locale",
        width=6,
        height=8,
    )
    queries = [
        Query(_increase("$__range", equals("state", state)), state, state, latest=True)
        for state in OUTCOMES
    ]
    return coloured(bars(about, *queries).decimals(0), _COLOURS)


_COLOURS = {state: looks.COLOURS[state] for state in OUTCOMES}


def _durations() -> table.Panel:
    about = About(
        "How long they took",
        "From createdTimestamp to completedTimestamp, of jobs that were seen to finish in the "
        "dashboard's time: what half of them took at most, and 9 of 10.",
        "s",
        width=10,
        height=8,
    )
    family, in_range = "fusebill_job_duration_seconds", "increase({}[$__range])"
    expressions = {
        "rank": " or ".join(
            f"{rank} * group by (state) ({_were_timed(state)})"
            for rank, state in enumerate(reversed(OUTCOMES), 1)
        ),
        "half": promql.quantile(0.5, family, in_range, "state"),
        "most": promql.quantile(0.9, family, in_range, "state"),
    }
    columns = (
        Column("State", "state", 100, words(looks.state_words())),
        Column("Half took", "Value #half", 0, unit("s", 1)),
        Column("9 of 10 took", "Value #most", 0, unit("s", 1)),
    )
    return tables.table(about, expressions, columns, Rows(of="Value #rank", first="Value #rank"))


def _were_timed(state: str) -> str:
    """Return how many jobs finished, where any did."""
    count = promql.of_account("fusebill_job_duration_seconds_count", equals("state", state))
    return f"increase({count}[$__range]) > 0"


def _over_time() -> timeseries.Panel:
    about = About(
        "Jobs finished over time",
        "Jobs that were seen to finish in each step of at least 5 minutes, by outcome.",
        "locale",
        width=24,
        height=8,
    )
    by_state = Query(_increase("$__rate_interval", by="by (state) "), "{{state}}")
    return (
        coloured(lines(about, by_state).decimals(0), _COLOURS)
        .draw_style(model.GraphDrawStyle.BARS)
        .axis_soft_max(1)
        .fill_opacity(80)
        .interval("5m")
        .stacking(common.StackingConfig().mode(model.StackingMode.NORMAL))
    )


def _increase(window: str, *more: str, by: str = "") -> str:
    """Return how many jobs finished, through restarts at whatever address."""
    counted = promql.of_account("fusebill_jobs_finished_total", *more)
    return f"round(sum {by}(increase({counted}[{window}])))"
