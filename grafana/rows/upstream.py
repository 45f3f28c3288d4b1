"""Exporter and API: what goes wrong between them, what it costs, and how the exporter does."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models.dashboard import Panel

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, coloured, lines
from grafana.rows.watchers import accounts, exporters

RATE = "rate({}[$__rate_interval])"


def row() -> Row:
    """Return the last row: the machinery."""
    return Row(
        "Exporter and API",
        [
            [accounts().build()],
            [exporters().build()],
            _asked(),
            _quota(),
            _kept(),
        ],
    )


def _asked() -> Sequence[Panel]:
    return [_errors().build(), _requests().build(), _latency().build()]


def _quota() -> Sequence[Panel]:
    return [_window("minute").build(), _day().build()]


def _kept() -> Sequence[Panel]:
    return [_deferred().build(), _ages().build(), _collection().build()]


def _a_minute(about: About, family: str, label: str) -> timeseries.Panel:
    """Return a panel of how often something is counted a minute, by a label."""
    rate = f"60 * sum by ({label}) ({RATE.format(promql.of_account(family))})"
    return lines(about, Query(rate, f"{{{{{label}}}}}")).axis_soft_max(1)


def _errors() -> timeseries.Panel:
    about = About(
        "Failed reads a minute",
        "Attempts to read a job that failed, a minute, by reason.",
        "short",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    panel = _a_minute(about, "fusebill_fetch_errors_total", "reason")
    return coloured(panel, looks.REASONS)


def _requests() -> timeseries.Panel:
    about = About(
        "Requests a minute",
        "Requests to the API a minute, by HTTP status; none: no whole answer.",
        "short",
        width=8,
        height=8,
    )
    panel = _a_minute(about, "fusebill_api_requests_total", "code")
    for codes, colour in looks.KINDS_OF_STATUSES.items():
        panel = panel.override_by_regexp(f"/^{codes}$/", [looks.shades_property(colour)])
    return coloured(panel, looks.STATUSES)


def _latency() -> timeseries.Panel:
    about = About(
        "API latency",
        "How long requests to the API took, answered or not: half of them took p50 at most.",
        "s",
        width=8,
        height=8,
    )
    queries = [
        Query(promql.quantile(share, "fusebill_api_request_duration_seconds", RATE), legend, ref)
        for share, legend, ref in (
            (0.5, "p50", "A"),
            (0.9, "p90", "B"),
            (0.99, "p99", "C"),
        )
    ]
    return coloured(lines(about, *queries), looks.PERCENTILES)


def _window(window: str) -> timeseries.Panel:
    about = About(
        f"Quota of the {window}",
        f"Requests in a {window}: the account's limit, what it has left by the API's last word, "
        "and what the exporter may still make by its share and the reserve.",
        "locale",
        width=12,
        height=9,
        alert="FusebillApiQuotaLow",
    )
    series = (
        ("fusebill_api_rate_limit", "limit", "A", looks.NEUTRAL),
        ("fusebill_api_rate_limit_remaining", "left", "B", looks.GOOD),
        ("fusebill_api_budget_remaining", "exporter's budget", "C", looks.AT_WORK),
    )
    matcher = f'window="{window}"'
    queries = [
        Query(
            f"min by (account) ({promql.of_account(name, matcher)})", "{{account}} " + legend, ref
        )
        for name, legend, ref, _ in series
    ]
    panel = lines(about, *queries)
    for _, _, ref, colour in series:
        panel = panel.override_by_query(ref, [looks.shades_property(colour)])
    return panel


def _day() -> timeseries.Panel:
    """Return the window of the day, of which the exporter's budget is a fiftieth and less."""
    apart = {"custom.axisPlacement": "right", "custom.axisLabel": "exporter's budget"}
    properties = [looks.property_of(name, value) for name, value in apart.items()]
    return _window("day").axis_label("limit, left").override_by_query("C", properties)


def _deferred() -> timeseries.Panel:
    about = About(
        "Reads deferred a minute",
        "Reads that a scrape found due and deferred, a minute, by cause. Budget: more is wanted "
        "than the share allows, which is the plan working.",
        "short",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    panel = _a_minute(about, "fusebill_reads_deferred_total", "cause")
    return coloured(panel, looks.CAUSES)


def _ages() -> timeseries.Panel:
    about = About(
        "Age of values",
        "Age of the oldest values of a job that is waiting or running, by account.",
        "suffix:min",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    unfinished = promql.of_job("state", 'state=~"pending|running"')
    read = f"{promql.of_job('read_timestamp_seconds')} and ignoring (state) ({unfinished} == 1)"
    age = f"(time() - min by (account) ({read})) / 60"
    panel = lines(about, Query(age, "{{account}}"))
    return panel.axis_soft_max(10).fill_opacity(0).color_scheme(looks.by_name())


def _collection() -> timeseries.Panel:
    about = About(
        "Collection time",
        "How long the last collection took, reads of the API included, by exporter.",
        "s",
        width=8,
        height=8,
    )
    collected = promql.of_exporter("fusebill_exporter_collect_duration_seconds")
    panel = lines(about, Query(f"max by (instance) ({collected})", "{{instance}}"))
    return panel.fill_opacity(0).color_scheme(looks.by_name())
