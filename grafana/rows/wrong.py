"""Is anything wrong? One figure a question, coloured, each with the way to what to do."""

from grafana_foundation_sdk.builders.stat import Panel

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, number, plain


def row() -> Row:
    """Return the first row: what is wrong now."""
    jobs = [_failed(), _partial(), _stalled(), _unreadable()]
    others = [_items_failed(), _exporter(), _api(), _answered(), _quota()]
    return Row("Is anything wrong?", [[panel.build() for panel in line] for line in (jobs, others)])


def _about(title: str, description: str, unit: str, alert: str, width: int = 6) -> About:
    return About(title, description, unit, width=width, height=3, alert=alert)


def _count(about: About, expression: str, colour: str) -> Panel:
    """Return the number of jobs for which an expression is 1; 0 is good."""
    panel = number(about, Query(f"sum({promql.by_job(expression)})", latest=True))
    return panel.decimals(0).thresholds(looks.thresholds(looks.GOOD, [(1, colour)]))


def _failed() -> Panel:
    return _count(
        _about(
            "Failed jobs",
            "Watched jobs that have failed.",
            "locale",
            "FusebillServiceJobFailed",
        ),
        promql.of_job("state", 'state="failed"'),
        looks.BAD,
    )


def _partial() -> Panel:
    return _count(
        _about(
            "Partly failed",
            "Watched jobs of which some items have failed and some have not.",
            "locale",
            "FusebillServiceJobPartiallyFailed",
        ),
        promql.of_job("state", 'state="partial"'),
        looks.WARNING,
    )


def _stalled() -> Panel:
    return _count(
        _about(
            "Stalled",
            "Running jobs that have not moved for longer than the recording rule allows.",
            "locale",
            "FusebillServiceJobStalled",
        ),
        promql.of_account(promql.STALLED),
        looks.LATE,
    )


def _unreadable() -> Panel:
    return _count(
        _about(
            "Unreadable",
            "Watched jobs of which the last attempt to read them failed.",
            "locale",
            "FusebillServiceJobUnread",
        ),
        f"1 - {promql.of_job('up')}",
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
        promql.of_job("items_failed"),
        looks.WARNING,
    )


def _exporter() -> Panel:
    about = _about(
        "Exporter",
        "Whether Prometheus can scrape the exporter; down if one of several is.",
        "none",
        "FusebillExporterDown",
        width=5,
    )
    return _up_or_down(about, f"min({promql.of_exporters_alone('up')})")


def _api() -> Panel:
    about = _about(
        "API",
        "Whether the API answers and accepts the key; blocked while it may not be asked, as when "
        "the reserve is reached. Of several accounts the worst.",
        "none",
        "FusebillApiBlocked",
        width=4,
    )
    up = f"min({promql.of_account('fusebill_up')})"
    blocked = promql.of_account("fusebill_api_blocked", 'cause=~"reserve|rate_limited"')
    return _up_or_down(about, f"clamp_min({up} - 0.5 * max({blocked}), 0)")


def _answered() -> Panel:
    about = _about(
        "Last answer",
        "How long ago the API last gave a good answer, of the account where that is longest. While "
        "all jobs are finished it is hardly asked.",
        "s",
        "FusebillApiBlocked",
        width=4,
    )
    answered = promql.of_account("fusebill_api_last_answer_timestamp_seconds")
    return plain(about, Query(f"time() - min({answered})", latest=True)).decimals(0)


def _up_or_down(about: About, expression: str) -> Panel:
    panel = number(about, Query(expression, latest=True))
    thresholds = looks.thresholds(looks.BAD, [(1, looks.GOOD)])
    return panel.mappings([*looks.words(looks.UP_OR_DOWN), looks.no_data()]).thresholds(thresholds)


def _quota() -> Panel:
    remaining, limit = (
        promql.of_account(name, 'window="day"')
        for name in ("fusebill_api_rate_limit_remaining", "fusebill_api_rate_limit")
    )
    about = _about(
        "Quota left",
        "Requests of the day that the account has left, as the API last said it; the account with "
        "the least. At 10 % the exporter stops reading.",
        "percentunit",
        "FusebillApiQuotaLow",
        width=5,
    )
    steps = looks.thresholds(looks.BAD, [(0.1, looks.WARNING), (0.2, looks.GOOD)])
    panel = number(about, Query(f"min({remaining} / ({limit} > 0))", latest=True))
    return panel.decimals(0).thresholds(steps)
