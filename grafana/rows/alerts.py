"""The table of the alerts that fire."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders.table import Panel
from grafana_foundation_sdk.models.dashboard import ValueMapping

from grafana import looks, naming, promql
from grafana.looks import property_of
from grafana.panels import RUNBOOK, About
from grafana.tables import JOB_ID, TEXT, Column, Rows, table, unit, words

_IN_RUNBOOK = {
    "title": "What to do",
    "url": f"{RUNBOOK}#Fusebill${{__value.raw}}",
    "targetBlank": True,
}
_SEVERITIES = {"critical": 3.0, "warning": 2.0, "info": 1.0}
_FIRST = 0.5
"""What an alert that is not about one job has more: it may explain all the others."""

_NONE, _NOT_KNOWN = 0.0, -1.0
_OF_A_JOB, _OTHERS = 'job_id!=""', 'job_id=""'
_ALERT = "alertname, instance, account, job_id"


def _severity_words() -> list[ValueMapping]:
    colours = {"critical": looks.BAD, "warning": looks.WARNING, "info": looks.NEUTRAL}
    found = {
        f"{number + more:g}": (word, colours[word])
        for word, number in _SEVERITIES.items()
        for more in (0.0, _FIRST)
    }
    nothing = {
        f"{_NONE:g}": ("none", looks.GOOD),
        f"{_NOT_KNOWN:g}": ("not known", looks.NOT_YET),
    }
    return looks.words({**found, **nothing})


COLUMNS = (
    Column("Severity", "Value #severity", 88, words(_severity_words())),
    Column("Alert", "alertname", 0, (*TEXT, property_of("links", [_IN_RUNBOOK]))),
    Column("Name", "job_name", 184, TEXT),
    Column("Job", "job_id", 84, JOB_ID),
    Column("Account", "account", 132, TEXT),
    Column("Instance", "instance", 124, TEXT),
    Column("Since", "Value #since", 112, unit("dateTimeFromNow")),
)


def alerts() -> Panel:
    """Return the table of all alerts."""
    about = About(
        "Firing alerts",
        "The alerts of the rules that fire, critical ones first; a click on one leads to what to "
        "do about it. They go on while the exporter is down. Not known: no such rules are "
        "evaluated, or no job is watched.",
        "none",
        width=24,
        height=7,
    )
    return alerts_of(about, COLUMNS, promql.ACCOUNT)


def alerts_of(about: About, columns: Sequence[Column], matchers: str, *more: str) -> Panel:
    """Return a table of alerts that `more` selects; `matchers` select their jobs."""
    expressions = {
        "severity": _by_severity(matchers, *more),
        "name": naming.named(_each(*more), matchers),
        "since": _since(*more),
    }
    of, rows = "Value #severity", {column.field for column in columns}
    hidden = [label for label in ("job_name", *_ALERT.split(", ")) if label not in rows]
    return table(about, expressions, columns, Rows(of=of, first=of), hidden)


def _by_severity(matchers: str, *more: str) -> str:
    """Return a number for each alert, the higher the worse, or one for that none fires.

    None is known to fire only where the rules are evaluated: they have a value for a watched job.
    """
    numbers = []
    for severity, number in _SEVERITIES.items():
        of = (promql.equals("severity", severity), *more)
        numbers.append(f"{number + _FIRST:g} * {_each(_OTHERS, *of)}")
        numbers.append(f"{number:g} * {_each(_OF_A_JOB, *of)}")
    fires, evaluated = promql.firing(*more), promql.selector(promql.WATCHED, matchers)
    none = f"{_NONE:g} * group({evaluated}) unless on () {fires}"
    not_known = f"vector({_NOT_KNOWN:g}) unless on () {evaluated} unless on () {fires}"
    return " or ".join((*numbers, f"({none})", f"({not_known})"))


def _since(*more: str) -> str:
    """Return since when each alert holds, in milliseconds."""
    held = promql.selector("ALERTS_FOR_STATE", promql.ALERTS, 'alertname=~"Fusebill.+"', *more)
    since = f"max by ({_ALERT}) ({held}) and on ({_ALERT}) {promql.firing(*more)}"
    return f"1000 * {_short(since)}"


def _each(*more: str) -> str:
    """Return 1 for each alert that fires."""
    return _short(f"group by ({_ALERT}) ({promql.firing(*more)})")


def _short(alerts: str) -> str:
    """Leave out the prefix that all names of alerts have."""
    return f'label_replace({alerts}, "alertname", "$1", "alertname", "Fusebill(.+)")'
