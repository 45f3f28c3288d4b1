"""Which kinds of job the page tells apart, and which of them need a person."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from exporter.jobs.end_confirmation import End
from exporter.jobs.snapshot import UNREAD_STATE, JobView
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.rate_limit import WINDOW_SECONDS
from exporter.model.state import State
from exporter.quota.block import Block, Cause
from exporter.quota.window import WindowView
from exporter.web.page.job_kinds import (
    KINDS,
    NOT_READ,
    NOT_STARTED,
    NOT_STARTED_AFTER,
    STALLED,
    STALLED_AFTER,
    TOO_OLD,
    UNREAD_AFTER,
    UNREADABLE,
    Patience,
    not_read,
    patience,
)
from exporter.web.page.row import JobRow, row_of
from tests.prometheus.shipped import ALERTS, RECORDED
from tests.support.snapshots import READ, make_account, make_job, make_reading, make_view

DOWN = ServerError("the API failed (500)", 500)


NOW = Instant(1060.0, READ + 60)
"""A minute after the jobs were read."""


def row(view: JobView, now: Instant = NOW) -> JobRow:
    return row_of(view, not_read=not_read(view, now, Patience(UNREAD_AFTER)))


def later(seconds: float) -> Instant:
    """Return the moment that is so many seconds after the jobs were read."""
    return Instant(1000.0 + seconds, READ + seconds)


def waiting(seconds: float, state: State = State.PENDING) -> JobView:
    """Return a job that was created so many seconds before it was read."""
    return make_view(1, make_reading(make_job(state=state, created=READ - seconds)))


def standing(seconds: float, state: State = State.RUNNING) -> JobView:
    """Return a job that had not moved for so many seconds when it was read."""
    reading = make_reading(make_job(state=state))
    return make_view(1, replace(reading, progressed_at=READ - seconds))


def ended(**changes: Any) -> JobView:
    values = {"state": State.SUCCEEDED, "finished": True} | changes
    return make_view(1, make_reading(make_job(**values)))


@pytest.mark.parametrize("state", State)
def test_a_job_is_what_its_state_is(state: State) -> None:
    assert row(make_view(1, make_reading(make_job(state=state)))).kinds == (state,)


@pytest.mark.parametrize(
    ("view", "kinds"),
    [
        pytest.param(make_view(1), (UNREAD_STATE,), id="not read yet"),
        pytest.param(
            make_view(1, make_reading(None, DOWN)), (UNREADABLE, UNREAD_STATE), id="never read"
        ),
        pytest.param(
            make_view(1, make_reading(make_job(), DOWN)), (UNREADABLE, State.RUNNING), id="kept"
        ),
        pytest.param(
            make_view(1, make_reading(make_job(state=State.FAILED), DOWN)),
            (State.FAILED, UNREADABLE),
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
        pytest.param(
            waiting(NOT_STARTED_AFTER + 1), (NOT_STARTED, State.PENDING), id="does not start"
        ),
        pytest.param(waiting(NOT_STARTED_AFTER), (State.PENDING,), id="may still start"),
        pytest.param(
            waiting(NOT_STARTED_AFTER + 1, State.RUNNING), (State.RUNNING,), id="has started"
        ),
        pytest.param(
            make_view(1, make_reading(make_job(state=State.PENDING, created=None))),
            (State.PENDING,),
            id="waits, nobody knows since when",
        ),
    ],
)
def test_what_needs_a_person_is_said_besides_the_state(
    view: JobView, kinds: tuple[str, ...]
) -> None:
    shown = row(view)
    assert shown.kinds == kinds
    assert shown.rank == list(KINDS).index(kinds[0])


def test_who_needs_a_person_stands_before_all_others() -> None:
    first = list(KINDS)[: list(KINDS).index(State.RUNNING)]
    assert first == [
        State.FAILED,
        State.PARTIAL,
        UNREADABLE,
        TOO_OLD,
        NOT_READ,
        STALLED,
        NOT_STARTED,
        State.UNKNOWN,
    ]


@pytest.mark.parametrize(
    ("view", "needs"),
    [
        pytest.param(make_view(1, make_reading(make_job(state=State.UNKNOWN))), True, id="unknown"),
        pytest.param(waiting(NOT_STARTED_AFTER + 1), True, id="pending for long"),
        pytest.param(waiting(60), False, id="pending"),
        pytest.param(make_view(1, make_reading(make_job())), False, id="running"),
        pytest.param(make_view(1), False, id="not read yet"),
    ],
)
def test_a_job_needs_a_person_by_the_first_that_it_is(view: JobView, *, needs: bool) -> None:
    assert row(view).needs_a_person == needs


STALLED_RULE = "instance_account_job_id:fusebill_service_job_stalled:bool"


@pytest.mark.parametrize(
    ("rule", "seconds"),
    [
        pytest.param(ALERTS["FusebillServiceJobUnread"], UNREAD_AFTER, id="not read for long"),
        pytest.param(RECORDED[STALLED_RULE], STALLED_AFTER, id="no progress"),
        pytest.param(ALERTS["FusebillServiceJobNotStarted"], NOT_STARTED_AFTER, id="not started"),
    ],
)
def test_a_threshold_is_the_one_of_the_alert(rule: Mapping[str, str], seconds: float) -> None:
    assert re.findall(r"> (?:bool )?(\d+)$", rule["expr"], re.MULTILINE) == [f"{seconds:.0f}"]


def end_confirmed(view: JobView) -> JobView:
    return replace(view, reading=replace(view.reading, end=End(confirmed=True)))


DUE = make_view(1, make_reading(make_job()))
ENDED = make_view(1, make_reading(make_job(state=State.SUCCEEDED, finished=True)))
BACKS_OFF = make_view(1, replace(make_reading(make_job(), DOWN), due_at=9_000.0))
NOT_DUE = make_view(1, replace(make_reading(make_job()), due_at=9_000.0))


@pytest.mark.parametrize(
    ("view", "seconds", "expected"),
    [
        pytest.param(DUE, UNREAD_AFTER + 1, True, id="is due"),
        pytest.param(DUE, UNREAD_AFTER, False, id="not for long"),
        pytest.param(BACKS_OFF, UNREAD_AFTER + 1, True, id="failed, and waits to be tried again"),
        pytest.param(NOT_DUE, UNREAD_AFTER + 1, False, id="is to be read more rarely"),
        pytest.param(ENDED, UNREAD_AFTER + 1, True, id="has ended, which is not confirmed"),
        pytest.param(end_confirmed(ENDED), UNREAD_AFTER + 1, False, id="has ended for certain"),
        pytest.param(make_view(1), UNREAD_AFTER + 1, False, id="never read: since when is unknown"),
    ],
)
def test_a_job_that_is_due_and_was_not_read_for_long_says_so(
    view: JobView, seconds: float, *, expected: bool
) -> None:
    assert (NOT_READ in row(view, later(seconds)).kinds) == expected


ENDED_BEFORE = end_confirmed(ENDED)


@pytest.mark.parametrize(
    ("limits", "jobs", "expected"),
    [
        pytest.param((None, None), [DUE] * 9, UNREAD_AFTER, id="no limit is known"),
        pytest.param((10, 500), [DUE], UNREAD_AFTER, id="a turn is 12 minutes"),
        pytest.param((10, 500), [DUE] * 4, 2.2 * 4 * 691.2, id="a turn is 46 minutes"),
        pytest.param((10, 500), [DUE, *[ENDED_BEFORE] * 9], UNREAD_AFTER, id="most have ended"),
        pytest.param((1, 180_000), [DUE] * 9, 2.2 * 9 * 240.0, id="the minute is the scarcer"),
    ],
)
def test_a_job_may_go_unread_for_two_turns_where_the_quota_makes_them_long(
    limits: tuple[int | None, int | None], jobs: list[JobView], expected: float
) -> None:
    windows = {
        name: WindowView(None, None, None, 0, in_force=limit)
        for name, limit in zip(WINDOW_SECONDS, limits, strict=True)
    }
    account = make_account(*jobs, windows=windows)
    assert patience(account, NOW).after == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cause", "seconds", "expected"),
    [
        pytest.param(Cause.RESERVE, UNREAD_AFTER + 1, True, id="blocked for long"),
        pytest.param(Cause.RESERVE, UNREAD_AFTER, False, id="not for long"),
        pytest.param(Cause.SHARE, UNREAD_AFTER + 1, False, id="its turn is to come"),
    ],
)
def test_a_job_that_was_never_read_counts_as_not_read_where_its_account_is_blocked_for_long(
    cause: Cause, seconds: float, *, expected: bool
) -> None:
    unread = make_view(1)
    account = make_account(unread, block=Block(cause, NOW.unix - seconds, None))
    assert not_read(unread, NOW, patience(account, NOW)) == expected


def test_a_job_that_is_not_read_is_not_said_to_stand_still() -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ, read_at=Instant(0.0, READ))
    assert not row(make_view(1, reading)).stalled
