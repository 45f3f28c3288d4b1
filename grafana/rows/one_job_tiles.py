"""The tiles of one job: one figure or word each, what may be wrong first.

What was last known of a job is shown as such: grey and not in the colour of a job that is well.
"""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import stat
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models.dashboard import Panel

from grafana import account, job, looks, promql
from grafana.known import lost_jobs, of_jobs
from grafana.panels import LAST_KNOWN, About, Query, now_or_last_known, number, plain
from grafana.promql import ONE_JOB, by_job

_Words = Mapping[str, tuple[str, str]]

_STATES: _Words = {
    str(place): (state, colour) for place, (state, colour) in enumerate(looks.COLOURS.items(), 1)
}
_NOTES: _Words = {
    "0": ("none", looks.NEUTRAL),
    **{str(place): (note, looks.LATE) for place, note in enumerate(job.NOTES, 1)},
}
_BLIND = 'cause!="share"'

_KNOWN_NOW = ("unread", "not read")
"""What is true now, although nothing new is known of the job."""

_CALM = (looks.AT_WORK, looks.GOOD, looks.NEUTRAL)
"""Colours that nobody should see for what may no longer be true."""

_ENDS: _Words = {
    "-1": ("not finished", looks.NEUTRAL),
    "0": ("not confirmed", looks.NEUTRAL),
    "1": ("confirmed", looks.NEUTRAL),
}


def tiles() -> Sequence[Sequence[Panel]]:
    """Return two lines of tiles: how the job is, and how far it has come."""
    how_it_is = [_state(), _note(), _reason(), _age(), _end(), _progress()]
    how_far = [
        _figure("Items", "The API's totalCount: items in all.", "locale", _value("items")),
        _figure("Items done", "The API's totalSuccessful.", "locale", _value("items_successful")),
        _warn(
            _figure("Items failed", "The API's totalFailed.", "locale", _value("items_failed")),
            looks.WARNING,
        ),
        _figure(
            "Expected end",
            "What is left of a running job at the pace of the last 30 minutes.",
            "dateTimeFromNow",
            f"1000 * {job.expected_ends(ONE_JOB)}",
        ),
        _figure(
            "Last moved",
            "When status, percentComplete or a count was last seen to change.",
            "dateTimeFromNow",
            f"1000 * {_value('progress_timestamp_seconds')}",
        ),
        _failed_reads(),
    ]
    return [[panel.build() for panel in line] for line in (how_it_is, how_far)]


def _value(name: str) -> str:
    return by_job(of_jobs(name, matchers=ONE_JOB))


def _figure(title: str, description: str, unit: str, expression: str, width: int = 4) -> stat.Panel:
    about = About(title, description, unit, width=width, height=3)
    return plain(about, Query(expression, latest=True))


def _warn(panel: stat.Panel, colour: str) -> stat.Panel:
    """Return the panel of a count that has a colour from 1 on."""
    steps = looks.thresholds(looks.NEUTRAL, [(1, colour)])
    return panel.thresholds(steps).color_mode(common.BigValueColorMode.VALUE).decimals(0)


def _state() -> stat.Panel:
    about = About(
        "State",
        "The state by status and counts. Last known: for some reason nothing new is known.",
        "none",
        width=5,
        height=3,
    )
    # A share that is spent is as configured: soon there is something new.
    old = f"{lost_jobs(ONE_JOB)} or {job.reasons(ONE_JOB, _BLIND)}"
    return _words(about, job.numbered_states(ONE_JOB), old, _STATES)


def _note() -> stat.Panel:
    about = About(
        "Note",
        "What is wrong with the job besides its state. Unreadable: the last attempt to read it "
        "failed. Not read, not started: for so long that the alert fires.",
        "none",
        width=5,
        height=3,
    )
    return _words(about, job.numbered_notes(ONE_JOB), lost_jobs(ONE_JOB), _NOTES)


def _words(about: About, expression: str, old: str, words: _Words) -> stat.Panel:
    """Return a panel of numbers that stand for words; if anything is `old`, of the last known."""
    panel = number(about, *now_or_last_known(expression, old))
    panel = panel.mappings([*looks.words(words), looks.no_data()])
    last = looks.words({value: _last_known(*word) for value, word in words.items()})
    return panel.override_by_query(LAST_KNOWN, [looks.property_of("mappings", last)])


def _last_known(text: str, colour: str) -> tuple[str, str]:
    if text in _KNOWN_NOW:
        return text, colour
    return f"{text}, last known", looks.NOT_YET if colour in _CALM else colour


def _reason() -> stat.Panel:
    about = About(
        "Reason",
        "Why nothing new is known: the exporter is not scraped, the last read failed, or something "
        "stops all reads of the account.",
        "none",
        width=4,
        height=3,
    )
    # A panel of names that has no series would be empty.
    nothing = f'label_replace(vector(0), "reason", "{looks.NO_DATA}", "", "")'
    query = Query(f"{job.one_reason(ONE_JOB)} or on () {nothing}", "{{reason}}", latest=True)
    panel = number(about, query).text_mode(common.BigValueTextMode.NAME)
    words = {
        "none": ("none", looks.NEUTRAL),
        looks.NO_DATA: (looks.NO_DATA, looks.NOT_YET),
        job.NOT_SCRAPED: (job.NOT_SCRAPED, looks.BAD),
        **account.CAUSES,
    }
    for reason, (text, colour) in words.items():
        name = looks.property_of("displayName", text)
        panel = panel.override_by_name(reason, [looks.colour_property(colour), name])
    return panel.thresholds(looks.thresholds(looks.LATE))


def _age() -> stat.Panel:
    about = About(
        "Age of values",
        "How old the values are. They are late when the alert FusebillServiceJobUnread fires; a "
        "job whose end is confirmed is hardly read any more.",
        "s",
        width=4,
        height=3,
    )
    ages, late = job.ages(ONE_JOB), f"on (account, job_id) ({job.late(ONE_JOB)})"
    panel = number(
        about,
        Query(f"{ages} unless {late}", ref="in_time", latest=True),
        Query(f"{ages} and {late}", ref="late", latest=True),
    )
    panel = panel.thresholds(looks.thresholds(looks.NEUTRAL))
    yellow = looks.property_of("thresholds", looks.thresholds(looks.LATE).build())
    return panel.override_by_query("late", [yellow])


def _end() -> stat.Panel:
    finished = f"{_value('end_confirmed')} or on (account, job_id) 0 * {_value('state')} - 1"
    description = "Whether the end is confirmed: it has stood for a while."
    panel = _figure("End", description, "none", finished, width=3)
    return panel.mappings([*looks.words(_ENDS), looks.no_data()])


def _progress() -> stat.Panel:
    percent = _value("percent_complete")
    panel = _figure("Progress", "The API's percentComplete.", "percent", percent, width=3)
    return panel.decimals(1)


def _failed_reads() -> stat.Panel:
    errors = promql.selector("fusebill_service_job_fetch_errors_total", ONE_JOB)
    failed = f"round({by_job(f'increase({errors}[$__range])')})"
    description = "Attempts to read the job that failed in the dashboard's time."
    return _warn(_figure("Failed reads", description, "locale", failed), looks.LATE)
