"""Exporter and API: what goes wrong between them, what it costs, and how the exporter does."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import Panel

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, lines, number, plain

RATE = "rate({}[$__rate_interval])"


def row() -> Row:
    """Return the last row: the machinery."""
    return Row("Exporter and API", [_asked(), _quota(), _kept(), _program()])


def _asked() -> Sequence[Panel]:
    return [_errors().build(), _requests().build(), _latency().build()]


def _quota() -> Sequence[Panel]:
    return [_window("minute").build(), _window("day").build()]


def _kept() -> Sequence[Panel]:
    return [_deferred().build(), _ages().build(), _collection().build()]


def _rate(family: str, label: str) -> str:
    return f"sum by ({label}) ({RATE.format(promql.of_account(family))})"


def _errors() -> timeseries.Panel:
    about = About(
        "Failed reads by reason",
        "Attempts to read a job that failed, a second, by reason.",
        "cps",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    query = Query(_rate("fusebill_fetch_errors_total", "reason"), "{{reason}}")
    return lines(about, query).color_scheme(looks.shades(looks.LATE))


def _requests() -> timeseries.Panel:
    about = About(
        "Requests by status",
        "Requests to the API a second, by HTTP status; none: no whole answer.",
        "reqps",
        width=8,
        height=8,
    )
    panel = lines(about, Query(_rate("fusebill_api_requests_total", "code"), "{{code}}"))
    colours = (("2..", looks.GOOD), ("[134]..", looks.WARNING), ("5..|none", looks.BAD))
    for codes, colour in colours:
        panel = panel.override_by_regexp(f"/^({codes})$/", [looks.shades_property(colour)])
    return panel


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
    return lines(about, *queries)


def _window(window: str) -> timeseries.Panel:
    about = About(
        f"Quota of the {window}",
        f"Requests in a {window}: the account's limit, what it has left by the API's last word, "
        "and what the exporter may still make by its share and the reserve.",
        "locale",
        width=12,
        height=8,
        alert="FusebillApiQuotaLow",
    )
    series = (
        ("fusebill_api_rate_limit", "limit", "A", looks.NEUTRAL),
        ("fusebill_api_rate_limit_remaining", "left", "B", looks.GOOD),
        ("fusebill_api_budget_remaining", "budget of the exporter", "C", looks.AT_WORK),
    )
    matcher = f'window="{window}"'
    queries = [
        Query(
            f"min by (account) ({promql.of_account(name, matcher)})", "{{account}} " + legend, ref
        )
        for name, legend, ref, _ in series
    ]
    panel = lines(about, *queries, many=True)
    for _, _, ref, colour in series:
        panel = panel.override_by_query(ref, [looks.shades_property(colour)])
    return panel


def _deferred() -> timeseries.Panel:
    about = About(
        "Reads deferred by cause",
        "Reads that a scrape found due and deferred, a second. Budget: more is wanted than the "
        "share allows, which is the plan working.",
        "cps",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    query = Query(_rate("fusebill_reads_deferred_total", "cause"), "{{cause}}")
    return lines(about, query).color_scheme(looks.shades(looks.LATE))


def _ages() -> timeseries.Panel:
    about = About(
        "Oldest values in use",
        "Age of the oldest values of a job that is waiting or running, by account.",
        "s",
        width=8,
        height=8,
        alert="FusebillServiceJobUnread",
    )
    unfinished = promql.of_job("state", 'state=~"pending|running"')
    read = promql.by_job(promql.of_job("read_timestamp_seconds"))
    age = f"time() - {read} and on (account, job_id) ({unfinished} == 1)"
    panel = lines(about, Query(f"max by (account) ({age})", "{{account}}"))
    return panel.color_scheme(looks.shades(looks.LATE))


def _collection() -> timeseries.Panel:
    about = About(
        "Collection time",
        "How long the last collection took, reads of the API included, by exporter.",
        "s",
        width=8,
        height=8,
    )
    collected = promql.of_exporter("fusebill_exporter_collect_duration_seconds")
    return lines(about, Query(f"max by (instance) ({collected})", "{{instance}}"))


def _program() -> Sequence[Panel]:
    version = promql.of_exporter("fusebill_exporter_build_info")
    loaded = promql.of_exporter("fusebill_exporter_config_last_reload_success_timestamp_seconds")
    memory = promql.of_exporters_alone("process_resident_memory_bytes")
    panels = [
        _plain(
            "Version", "The exporter's version.", "none", f"max by (version) ({version})"
        ).text_mode(common.BigValueTextMode.NAME),
        _configuration(),
        _plain(
            "Loaded",
            "When the configuration was last loaded.",
            "dateTimeFromNow",
            f"1000 * min({loaded})",
        ),
        _plain(
            "Memory", "Memory of the exporter's process, the largest.", "bytes", f"max({memory})"
        ),
    ]
    return [panel.build() for panel in panels]


def _plain(title: str, description: str, unit: str, expression: str) -> stat.Panel:
    about = About(title, description, unit, width=6, height=4)
    return plain(about, Query(expression, "{{version}}", latest=True))


def _configuration() -> stat.Panel:
    about = About(
        "Configuration",
        "Whether the last load worked, and the web configuration and every job file are good.",
        "none",
        width=6,
        height=4,
        alert="FusebillExporterConfigReloadFailed",
    )
    configuration = promql.of_exporter("fusebill_exporter_config_last_reload_successful")
    job_files = promql.of_exporter("fusebill_exporter_job_file_ok")
    web = promql.of_exporter("fusebill_exporter_web_config_ok")
    # With the labels of the first, `or` would leave it out.
    web = f'label_replace({web}, "of", "web", "job", ".*")'
    every = f"min({configuration} or {web} or {job_files})"
    panel = number(about, Query(every, latest=True))
    thresholds = looks.thresholds(looks.BAD, [(1, looks.GOOD)])
    return panel.mappings([*looks.words(looks.YES_OR_NO), looks.no_data()]).thresholds(thresholds)
