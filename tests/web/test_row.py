from dataclasses import replace
from typing import Any

import pytest

from exporter.errors import NotFound, ServerError
from exporter.instant import Instant
from exporter.snapshot import UNREAD_STATE, JobView
from exporter.state import State
from exporter.web.row import KINDS, READ_FAILED, STALLED, STALLED_AFTER, row_of, tally
from tests.snapshots import CREATED, READ, make_job, make_reading, make_view

DOWN = ServerError("the API failed (500)", 500)


def standing(seconds: float, state: State = State.RUNNING) -> JobView:
    """Return a job that had not moved for so long when it was read."""
    reading = make_reading(make_job(state=state))
    return make_view(1, replace(reading, progressed_at=READ - seconds))


def ended(**changes: Any) -> JobView:
    values = {"state": State.SUCCEEDED, "finished": True} | changes
    return make_view(1, make_reading(make_job(**values)))


@pytest.mark.parametrize("state", State)
def test_a_job_is_what_its_state_is(state: State) -> None:
    assert row_of(make_view(1, make_reading(make_job(state=state)))).kinds == (state,)


@pytest.mark.parametrize(
    ("view", "kinds"),
    [
        pytest.param(make_view(1), (UNREAD_STATE,), id="not read yet"),
        pytest.param(
            make_view(1, make_reading(None, DOWN)), (READ_FAILED, UNREAD_STATE), id="never read"
        ),
        pytest.param(
            make_view(1, make_reading(make_job(), DOWN)), (READ_FAILED, State.RUNNING), id="kept"
        ),
        pytest.param(
            make_view(1, make_reading(make_job(state=State.FAILED), DOWN)),
            (State.FAILED, READ_FAILED),
            id="failed, and cannot be read again",
        ),
        pytest.param(standing(STALLED_AFTER + 1), (STALLED, State.RUNNING), id="stands still"),
        pytest.param(standing(STALLED_AFTER), (State.RUNNING,), id="may still move"),
        pytest.param(
            standing(STALLED_AFTER + 1, State.PENDING), (State.PENDING,), id="has not begun to move"
        ),
    ],
)
def test_what_needs_a_person_is_said_besides_the_state(
    view: JobView, kinds: tuple[str, ...]
) -> None:
    row = row_of(view)
    assert row.kinds == kinds
    assert row.rank == list(KINDS).index(kinds[0])


def test_a_job_that_is_not_read_is_not_said_to_stand_still() -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ, read_at=Instant(0.0, READ))
    assert not row_of(make_view(1, reading)).stalled


@pytest.mark.parametrize(
    ("view", "event", "since"),
    [
        pytest.param(make_view(1), "", None, id="not read yet"),
        pytest.param(
            make_view(1, make_reading(make_job())), "created", CREATED, id="one that runs"
        ),
        pytest.param(ended(completed=CREATED + 9), "ended", CREATED + 9, id="one that has ended"),
        pytest.param(ended(), "seen to have ended", READ - 60, id="one whose end nobody says"),
        pytest.param(
            make_view(1, make_reading(make_job(created=None))), "created", None, id="not known"
        ),
    ],
)
def test_since_is_when_the_job_came_to_its_state(
    view: JobView, event: str, since: float | None
) -> None:
    row = row_of(view)
    assert (row.event, row.since) == (event, since)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"error": None}, "", id="none"),
        pytest.param({"due_at": 1000.0}, "the API failed (500)", id="once, and due"),
        pytest.param({}, "the API failed (500); next try 10s later", id="after a back-off"),
        pytest.param(
            {"failures": 3, "errors": 3, "due_at": 1090.4},
            "the API failed (500) (3 times in a row); next try 1m30s later",
            id="some times",
        ),
        pytest.param(
            {"failures": 3, "errors": 1361, "due_at": 1000.0},
            "the API failed (500) (3 times in a row, 1,361 times in all)",
            id="and often before",
        ),
        pytest.param(
            {"failures": 0, "errors": 7, "due_at": 1000.0},
            "the API failed (500) (7 times in all)",
            id="as the whole account did",
        ),
    ],
)
def test_the_last_error_is_told_in_words(changes: dict[str, Any], expected: str) -> None:
    reading = replace(make_reading(make_job(), DOWN, errors=1), **changes)
    assert row_of(make_view(1, reading)).trouble == expected


def test_only_values_that_were_read_can_be_withheld() -> None:
    assert row_of(make_view(1, make_reading(make_job(), DOWN), stale=True)).withheld
    assert not row_of(make_view(1, make_reading(make_job(), DOWN))).withheld
    assert not row_of(make_view(1, make_reading(None, NotFound("none", 404)))).withheld


def test_a_job_counts_for_everything_that_it_is() -> None:
    views = [standing(STALLED_AFTER + 1), make_view(2, make_reading(make_job(), DOWN)), ended()]
    counts = {kind: number for kind, number in tally(map(row_of, views)).items() if number}
    assert counts == {READ_FAILED: 1, STALLED: 1, State.RUNNING: 2, State.SUCCEEDED: 1}
