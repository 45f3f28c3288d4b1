"""All of one job on one screen: which it is, how it is, its alerts, and its course."""

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries
from grafana_foundation_sdk.models import statetimeline
from grafana_foundation_sdk.models.dashboard import Panel

from grafana import looks, naming, promql
from grafana.layout import Row
from grafana.panels import About, Query, lines
from grafana.promql import ONE_JOB
from grafana.rows import alerts
from grafana.rows.one_job_tiles import tiles
from grafana.rows.running import timeline
from grafana.tables import TEXT, Column, Rows, table

_WHICH = (
    Column("Name", "job_name", 0, TEXT),
    Column("Job", "job_id", 84, TEXT),
    Column("Account", "account", 132, TEXT),
    Column("Type", "job_type", 288, TEXT),
    Column("API status", "status", 168, TEXT),
)
_OF_AN_ALERT = ("Severity", "Alert", "Since")


def row() -> Row:
    """Return the row of the chosen job."""
    return Row(
        "One job: $job_id",
        [
            [_which().build()],
            *tiles(),
            [_alerts().build(), _states()],
            [_progress().build(), _items().build()],
        ],
    )


def _which() -> tables.Panel:
    about = About(
        "Which job",
        "The name in the configuration, the API's type, and the word in the API's status.",
        "none",
        width=24,
        height=4,
    )
    expressions = {
        "name": naming.names(ONE_JOB),
        "type": naming.types(ONE_JOB),
        "status": naming.api_words(ONE_JOB),
    }
    return table(about, expressions, _WHICH, Rows(of="Value #name"))


def _alerts() -> tables.Panel:
    about = About(
        "Firing alerts of this job",
        "A click on one leads to what to do about it. They go on while the exporter is down.",
        "none",
        width=12,
        height=4,
    )
    columns = [column for column in alerts.COLUMNS if column.title in _OF_AN_ALERT]
    return alerts.alerts_of(about, columns, ONE_JOB, 'job_id=~"$job_id"')


def _states() -> Panel:
    about = About(
        "State over time",
        "The job's state over time. A gap: there were no values.",
        "none",
        width=12,
        height=4,
    )
    numbers = promql.numbered_states("fusebill_service_job_state", ONE_JOB)
    panel = timeline(about, Query(numbers, "{{account}}")).build()
    assert isinstance(panel.options, statetimeline.Options)  # noqa: S101  a timeline's are
    panel.options.per_page = None  # The builder knows no timeline without pages.
    return panel


def _progress() -> timeseries.Panel:
    about = About("Progress over time", "The API's percentComplete.", "percent", width=12, height=5)
    panel = lines(about, Query(_value("percent_complete"), "{{account}}")).min(0).max(100)
    return panel.color_scheme(looks.fixed(looks.AT_WORK))


def _items() -> timeseries.Panel:
    about = About("Items over time", "Items in all, done and failed.", "locale", width=12, height=5)
    series = (
        ("items", "all", "A", looks.NEUTRAL),
        ("items_successful", "done", "B", looks.GOOD),
        ("items_failed", "failed", "C", looks.WARNING),
    )
    panel = lines(about, *(Query(_value(name), legend, ref) for name, legend, ref, _ in series))
    for _, _, ref, colour in series:
        panel = panel.override_by_query(ref, [looks.colour_property(colour)])
    return panel


def _value(name: str) -> str:
    return promql.by_job(promql.selector(f"fusebill_service_job_{name}", ONE_JOB))
