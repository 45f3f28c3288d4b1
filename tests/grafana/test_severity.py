"""What comes first in the tables of jobs: a number for each, the worst the highest."""

from pathlib import Path

import pytest

from grafana import looks
from grafana.job import NOTES, SEVERITY
from grafana.promql import STALLED, STATES
from tests.grafana.asking import asked
from tests.grafana.columns import options
from tests.grafana.committed import QUERIES, Query, panel_of
from tests.grafana.promtool import check

FAMILY = "fusebill_service_job"
OF_SEVERITY = [
    query for query in QUERIES if query.ref == "severity" and f"{FAMILY}_state" in query.expr
]


def test_the_table_of_all_jobs_has_a_severity() -> None:
    assert "Jobs, wrong first" in {query.title for query in OF_SEVERITY}


def test_each_state_and_each_note_has_one_rank() -> None:
    assert sorted(SEVERITY) == sorted([*STATES, "unread", *NOTES])
    assert sorted(looks.COLOURS) == sorted([*STATES, "unread"])


@pytest.mark.parametrize(
    ("worse", "than"),
    [
        ("failed", "unreadable"),
        ("unreadable", "stalled"),
        ("stalled", "partial"),
        ("partial", "unknown"),
        ("unknown", "running"),
        ("unread", "running"),
        ("not started", "running"),
        ("running", "succeeded"),
        ("pending", "succeeded"),
    ],
)
def test_what_is_worse_comes_first(worse: str, than: str) -> None:
    assert SEVERITY.index(worse) < SEVERITY.index(than)


def test_what_has_failed_is_the_worst_and_what_has_succeeded_the_best() -> None:
    assert (SEVERITY[0], SEVERITY[-1]) == ("failed", "succeeded")


def test_notes_stand_in_their_own_order() -> None:
    assert list(NOTES) == sorted(NOTES, key=SEVERITY.index)


@pytest.mark.parametrize("query", OF_SEVERITY, ids=lambda query: query.name)
def test_a_table_of_jobs_has_the_worst_first(query: Query) -> None:
    table = panel_of(query.title, query.uid)
    assert options(table, "sortBy")["sort"] == [{"field": "Value #severity", "desc": True}]


ALERTS = {"not read": "FusebillServiceJobUnread", "not started": "FusebillServiceJobNotStarted"}
SERIES = {
    "unreadable": f"{FAMILY}_up{{OF}} 0",
    "stalled": f"{STALLED}{{OF}} 1",
    **{
        note: f'ALERTS{{OF,alertname="{alert}",alertstate="firing"}} 1'
        for note, alert in ALERTS.items()
    },
}
"""The series that makes each note of a job that runs, where that is all that is wrong."""


def lines_of(word: str) -> list[str]:
    """Return the series of a job, whose id is the word, that is in a state or has a note."""
    lines = [f"{FAMILY}_info{{OF}} 1"]
    if word == "unread":
        return lines
    now = word if word in STATES else "running"
    states = [f'{FAMILY}_state{{OF,state="{one}"}} {int(one == now)}' for one in STATES]
    lines += [*states, f"{FAMILY}_read_timestamp_seconds{{OF}} 0"]
    return [*lines, *(line for note, line in SERIES.items() if note == word)]


def test_each_state_and_note_has_a_series_that_makes_it() -> None:
    assert SERIES.keys() == {*NOTES}


@pytest.mark.parametrize("query", OF_SEVERITY, ids=lambda query: query.name)
def test_each_job_has_the_number_of_the_worst_that_is_said_of_it(
    tmp_path: Path, query: Query
) -> None:
    series = {}
    for word in SEVERITY:
        of = f'job="fusebill",instance="a",account="live",job_id="{word}"'
        for line in lines_of(word):
            written, _, value = line.replace("OF", of).rpartition(" ")
            series[written] = value
    ranks = {
        f'{{account="live",job_id="{word}"}}': rank
        for rank, word in enumerate(reversed(SEVERITY), 1)
    }
    check(tmp_path, series, {asked(query.expr, job_id=".+"): ranks}, 0)
