"""One job: all that is known of each chosen job, a row each."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import stat, timeseries
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import Panel

from grafana import looks, promql
from grafana.layout import Row
from grafana.panels import About, Query, lines, number, plain
from grafana.rows.running import timeline


def row() -> Row:
    """Return the row that is repeated for each chosen job."""
    return Row("One job: $job_id", [_figures(), _over_time()], repeat="job_id")


def _figures() -> Sequence[Panel]:
    percent, running = promql.of_one_job("percent_complete"), _state("running")
    panels = [
        _state_now(),
        _word(),
        _figure("Progress", "The API's percentComplete.", "percent", promql.by_job(percent)),
        _figure("Done", "The API's totalSuccessful.", "locale", _value("items_successful")),
        _failed(),
        _figure(
            "Expected end",
            "What is left at the pace of the last 30 minutes.",
            "dateTimeFromNow",
            f"1000 * {promql.expected_end(percent, running)}",
        ),
        _figure(
            "Last moved",
            "When status, percentComplete or a count was last seen to change.",
            "dateTimeFromNow",
            f"1000 * {_value('progress_timestamp_seconds')}",
        ),
        _figure(
            "Age",
            "How old these values are.",
            "s",
            f"time() - {_value('read_timestamp_seconds')}",
        ),
    ]
    return [panel.build() for panel in panels]


def _figure(title: str, description: str, unit: str, expression: str) -> stat.Panel:
    about = About(title, description, unit, width=3, height=4)
    return plain(about, Query(expression, "{{account}}", latest=True))


def _state_now() -> stat.Panel:
    about = About("State", "The state by status and counts.", "none", width=3, height=4)
    panel = number(about, Query(_numbers_of_state(), "{{account}}", latest=True))
    return panel.mappings([*looks.state_numbers(), looks.no_data()])


def _failed() -> stat.Panel:
    figure = _figure("Failed", "The API's totalFailed.", "locale", _value("items_failed"))
    steps = looks.thresholds(looks.NOT_YET, [(1, looks.WARNING)])
    return figure.thresholds(steps).color_mode(common.BigValueColorMode.VALUE)


def _word() -> stat.Panel:
    """Return the API's own word, which is a label."""
    expression = promql.by_job(promql.of_one_job("status"), "status")
    about = About("API status", "The word in the API's status.", "none", width=3, height=4)
    panel = plain(about, Query(expression, "{{status}}", latest=True))
    return panel.text_mode(common.BigValueTextMode.NAME)


def _over_time() -> Sequence[Panel]:
    return [
        timeline(
            About("State over time", "The job's state over time.", "none", width=8, height=8),
            Query(_numbers_of_state(), "{{account}}"),
        ).build(),
        _progress().build(),
        _items().build(),
    ]


def _progress() -> timeseries.Panel:
    about = About("Progress", "The API's percentComplete.", "percent", width=8, height=8)
    percent = promql.by_job(promql.of_one_job("percent_complete"))
    panel = lines(about, Query(percent, "{{account}}")).min(0).max(100)
    return panel.color_scheme(looks.fixed(looks.AT_WORK))


def _items() -> timeseries.Panel:
    about = About("Items", "Items in all, done and failed.", "locale", width=8, height=8)
    series = (
        ("items", "all", "A", looks.NEUTRAL),
        ("items_successful", "done", "B", looks.GOOD),
        ("items_failed", "failed", "C", looks.WARNING),
    )
    panel = lines(about, *(Query(_value(name), legend, ref) for name, legend, ref, _ in series))
    for _, _, ref, colour in series:
        panel = panel.override_by_query(ref, [looks.colour_property(colour)])
    return panel


def _state(state: str) -> str:
    return promql.of_one_job("state", f'state="{state}"')


def _numbers_of_state() -> str:
    return promql.numbered_states("fusebill_service_job_state", promql.ONE_JOB)


def _value(name: str) -> str:
    return promql.by_job(promql.of_one_job(name))
