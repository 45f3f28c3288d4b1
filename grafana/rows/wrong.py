"""Is anything wrong? The alerts, one figure a question, and the jobs with what is wrong first.

While an exporter cannot be scraped, the figures are what was last known, and say so.
"""

from grafana_foundation_sdk.builders.stat import Panel

from grafana import account, looks, promql
from grafana.known import LOST_ACCOUNTS, in_state, lost_jobs, of_job_series, of_jobs
from grafana.layout import Row
from grafana.panels import LAST_KNOWN, About, Query, last_known, now_or_last_known, number
from grafana.rows.alerts import alerts
from grafana.rows.jobs import jobs


def row() -> Row:
    """Return the first row: what is wrong now."""
    of_jobs_alone = [_failed(), _partial(), _stalled(), _unreadable()]
    others = [_items_failed(), _exporter(), _api(), _quota()]
    tiles = ([tile.build() for tile in line] for line in (of_jobs_alone, others))
    return Row("Is anything wrong?", [[alerts().build()], *tiles, [jobs().build()]])


def _about(title: str, description: str, unit: str, alert: str) -> About:
    return About(title, description, unit, width=6, height=3, alert=alert)


def _count(about: About, expression: str, colour: str) -> Panel:
    """Return the sum of an expression with a value for each job; 0 is good."""
    total = f"sum({expression})"
    panel = number(about, *now_or_last_known(total, lost_jobs())).decimals(0)
    panel = panel.thresholds(looks.thresholds(looks.GOOD, [(1, colour)]))
    return panel.override_by_query(LAST_KNOWN, last_known([(1, colour)]))


def _failed() -> Panel:
    return _count(
        _about("Jobs failed", "Watched jobs that failed.", "locale", "FusebillServiceJobFailed"),
        promql.by_job(in_state("failed")),
        looks.BAD,
    )


def _partial() -> Panel:
    return _count(
        _about(
            "Jobs failed in part",
            "Watched jobs of which some items have failed and some have not.",
            "locale",
            "FusebillServiceJobPartiallyFailed",
        ),
        promql.by_job(in_state("partial")),
        looks.WARNING,
    )


def _stalled() -> Panel:
    return _count(
        _about(
            "Jobs stalled",
            "Running jobs that have not moved for longer than the recording rule allows.",
            "locale",
            "FusebillServiceJobStalled",
        ),
        promql.by_job(of_job_series(promql.STALLED, promql.ACCOUNT)),
        looks.LATE,
    )


def _unreadable() -> Panel:
    return _count(
        _about(
            "Jobs unreadable",
            "Watched jobs of which the last attempt to read them failed.",
            "locale",
            "FusebillServiceJobUnread",
        ),
        f"1 - {promql.by_job(of_jobs('up'))}",
        looks.LATE,
    )


def _items_failed() -> Panel:
    return _count(
        _about(
            "Items failed",
            "Items that have failed, of all watched jobs.",
            "locale",
            "FusebillServiceJobPartiallyFailed",
        ),
        promql.by_job(of_jobs("items_failed")),
        looks.WARNING,
    )


def _exporter() -> Panel:
    about = _about(
        "Exporter",
        "Whether Prometheus can scrape the exporter; down if one of several is, or if Prometheus "
        "scrapes none any more.",
        "none",
        "FusebillExporterDown",
    )
    up = f"min({promql.of_exporters_alone('up')}) or 0 * group({promql.EXPORTERS})"
    panel = number(about, Query(up, latest=True))
    thresholds = looks.thresholds(looks.BAD, [(1, looks.GOOD)])
    return panel.mappings([*looks.words(looks.UP_OR_DOWN), looks.no_data()]).thresholds(thresholds)


def _api() -> Panel:
    about = _about(
        "API",
        "Whether the API answers and accepts the key, or else what stops all reads: blind is not "
        "well. Of several accounts the worst.",
        "none",
        "FusebillApiBlocked",
    )
    panel = number(about, *now_or_last_known(f"max({account.api()})", LOST_ACCOUNTS))
    panel = panel.mappings([*looks.words(account.API_WORDS), looks.no_data()])
    before = {
        value: (f"{text}, last known", looks.NOT_YET if value == "0" else colour)
        for value, (text, colour) in account.API_WORDS.items()
    }
    return panel.override_by_query(LAST_KNOWN, [looks.property_of("mappings", looks.words(before))])


def _quota() -> Panel:
    about = _about(
        "Quota left",
        "Requests of the day that the account has left, as the API last said it; the account with "
        "the least. At the reserve, 10 % unless it is configured, the exporter stops reading.",
        "percent",
        "FusebillApiQuotaLow",
    )
    least = f"min({account.quota_left()})"
    panel = number(about, *now_or_last_known(least, LOST_ACCOUNTS)).decimals(0)
    steps = [(10, looks.WARNING), (20, looks.GOOD)]
    panel = panel.thresholds(looks.thresholds(looks.BAD, steps))
    return panel.override_by_query(LAST_KNOWN, last_known([(0, looks.BAD), *steps], "%"))
