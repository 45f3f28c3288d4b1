"""What a row of the page says of a job besides its kinds."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from exporter.jobs.snapshot import JobView
from exporter.model.failures import NotFound, ServerError
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.web.page.choice import choice_of
from exporter.web.page.job_kinds import (
    STALLED,
    STALLED_AFTER,
    UNREAD_AFTER,
    UNREADABLE,
    Patience,
    not_read,
)
from exporter.web.page.row import JobRow, count_kinds, row_of
from tests.support.snapshots import CREATED, READ, make_job, make_reading, make_view

DOWN = ServerError("the API failed (500)", 500)


NOW = Instant(1060.0, READ + 60)
"""A minute after the jobs were read."""


def row(view: JobView, now: Instant = NOW) -> JobRow:
    return row_of(view, not_read=not_read(view, now, Patience(UNREAD_AFTER)))


def standing(seconds: float, state: State = State.RUNNING) -> JobView:
    """Return a job that had not moved for so many seconds when it was read."""
    reading = make_reading(make_job(state=state))
    return make_view(1, replace(reading, progressed_at=READ - seconds))


def ended(**changes: Any) -> JobView:
    values = {"state": State.SUCCEEDED, "finished": True} | changes
    return make_view(1, make_reading(make_job(**values)))


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
    shown = row(view)
    assert (shown.event, shown.since) == (event, since)


def test_only_values_that_were_read_can_be_withheld() -> None:
    assert row(make_view(1, make_reading(make_job(), DOWN), stale=True)).withheld
    assert not row(make_view(1, make_reading(make_job(), DOWN))).withheld
    assert not row(make_view(1, make_reading(None, NotFound("none", 404)))).withheld


def test_a_job_counts_for_everything_that_it_is() -> None:
    views = [standing(STALLED_AFTER + 1), make_view(2, make_reading(make_job(), DOWN)), ended()]
    counts = {kind: number for kind, number in count_kinds(map(row, views)).items() if number}
    assert counts == {UNREADABLE: 1, STALLED: 1, State.RUNNING: 2, State.SUCCEEDED: 1}


@pytest.mark.parametrize("account", ["x" * 201, "eu\nwest", "<" * 11, "\u202e"])
def test_a_job_of_an_account_with_an_odd_name_has_a_short_key_of_its_own(account: str) -> None:
    keys = {row(make_view(1, account=name)).key for name in (account, f"{account}.", "live")}
    assert len(keys) == 3
    assert all(choice_of(QueryParams({"open": key})).opened == key for key in keys)
