from dataclasses import replace
from typing import Any

import pytest

from exporter.failures import NotFound, ServerError
from exporter.instant import Instant
from exporter.snapshot import UNREAD_STATE, JobView
from exporter.state import State
from exporter.web.row import KINDS, READ_FAILED, STALLED, STALLED_AFTER, TOO_OLD, row_of, tally
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
        pytest.param(
            make_view(1, make_reading(make_job()), stale=True),
            (TOO_OLD, UNREAD_STATE),
            id="not read for too long",
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
    ("failures", "errors", "expected"),
    [
        pytest.param(1, 1, "", id="once"),
        pytest.param(3, 3, "3 times in a row", id="some times"),
        pytest.param(3, 1361, "3 times in a row, 1,361 times in all", id="and often before"),
        pytest.param(0, 7, "7 times in all", id="as the whole account did"),
    ],
)
def test_failures_are_counted_in_words(failures: int, errors: int, expected: str) -> None:
    reading = replace(make_reading(make_job(), DOWN), failures=failures, errors=errors)
    assert row_of(make_view(1, reading)).failures == expected


@pytest.mark.parametrize(
    ("error", "wait", "backs_off"),
    [
        pytest.param(DOWN, 1.0, True, id="failed, and has to wait"),
        pytest.param(DOWN, 0.9, False, id="failed, and is due with the next scrape"),
        pytest.param(None, 10.0, False, id="was read"),
    ],
)
def test_a_job_that_failed_backs_off_for_a_second_or_more(
    error: ServerError | None, wait: float, backs_off: bool
) -> None:
    reading = replace(make_reading(make_job(), error), due_at=1000.0 + wait)
    assert row_of(make_view(1, reading)).backs_off == backs_off


def test_only_values_that_were_read_can_be_withheld() -> None:
    assert row_of(make_view(1, make_reading(make_job(), DOWN), stale=True)).withheld
    assert not row_of(make_view(1, make_reading(make_job(), DOWN))).withheld
    assert not row_of(make_view(1, make_reading(None, NotFound("none", 404)))).withheld


def test_a_job_counts_for_everything_that_it_is() -> None:
    views = [standing(STALLED_AFTER + 1), make_view(2, make_reading(make_job(), DOWN)), ended()]
    counts = {kind: number for kind, number in tally(map(row_of, views)).items() if number}
    assert counts == {READ_FAILED: 1, STALLED: 1, State.RUNNING: 2, State.SUCCEEDED: 1}
