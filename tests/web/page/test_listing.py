"""The rows that one page shows of all jobs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from exporter.config.sections import WatchedJob
from exporter.model.state import State
from exporter.web.page.choice import ALL, Choice
from exporter.web.page.listing import MOST_ROWS, Listing, listing
from exporter.web.page.row import JobRow, row_of
from tests.support.snapshots import CREATED, make_job, make_reading, make_view


def row(job_id: int, state: State = State.RUNNING, name: str = "", **changes: Any) -> JobRow:
    job = make_job(**{"id": job_id, "state": state, "created": CREATED + job_id} | changes)
    view = make_view(WatchedJob(id=job_id, name=name or f"job-{job_id}"), make_reading(job))
    return row_of(view, not_read=False)


MANY = [row(n, State.FAILED if n == 1 else State.RUNNING) for n in range(1, 2 * MOST_ROWS + 12)]


def ids(shown: Listing) -> Sequence[int]:
    return [one.view.watched.id for one in shown.rows]


def test_a_page_has_at_most_200_rows_what_needs_a_person_first_then_the_latest() -> None:
    shown = listing(MANY, ALL)
    assert ids(shown) == [1, *range(411, 411 - MOST_ROWS + 1, -1)]
    assert (shown.first, shown.last, shown.found, shown.pages) == (1, 200, 411, 3)


def test_the_last_page_has_the_rest() -> None:
    shown = listing(MANY, Choice(page=3))
    assert ids(shown) == list(range(12, 1, -1))
    assert (shown.first, shown.last, shown.page) == (401, 411, 3)


def test_a_page_after_the_last_is_the_last() -> None:
    assert listing(MANY, Choice(page=999)) == listing(MANY, Choice(page=3))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        pytest.param(Choice(state="failed"), [1], id="a state"),
        pytest.param(Choice(find="job-40"), [*range(409, 399, -1), 40], id="words"),
        pytest.param(Choice(state="running", find="job-1 41"), [141], id="a state and words"),
        pytest.param(Choice(state="running", find="job-41"), [411, 410, 41], id="both, found"),
    ],
)
def test_what_is_chosen_is_shown(choice: Choice, expected: list[int]) -> None:
    shown = listing(MANY, choice)
    assert (ids(shown), shown.found) == (expected, len(expected))


def test_a_job_is_chosen_by_each_of_its_kinds() -> None:
    still = replace(make_reading(make_job(id=9)), progressed_at=CREATED - 9_000)
    rows = [row_of(make_view(9, still), not_read=True), row(8)]
    for kind in ("stalled", "not-read", "running"):
        assert 9 in ids(listing(rows, Choice(state=kind)))
    assert ids(listing(rows, Choice(state="stalled"))) == [9]


def test_the_order_of_a_column_is_turned_round_and_empty_cells_stay_last() -> None:
    rows = [row(1, total=9), row(2, total=None), row(3, total=1_204), row(4, total=0)]
    assert ids(listing(rows, Choice(sort="items", descending=True))) == [3, 1, 4, 2]
    assert ids(listing(rows, Choice(sort="items"))) == [4, 1, 3, 2]


@pytest.mark.parametrize("descending", [False, True])
def test_among_equals_those_that_need_a_person_come_first(descending: bool) -> None:
    rows = [row(1), row(2, State.PARTIAL), row(3), row(4, State.FAILED)]
    shown = listing(rows, Choice(sort="items", descending=descending))
    assert ids(shown) == [4, 2, 3, 1]


def test_an_opened_job_is_shown_first_if_its_place_is_on_another_page() -> None:
    shown = listing(MANY, Choice(opened="5/live"))
    assert ids(shown)[:2] == [5, 1]
    assert len(shown.rows) == MOST_ROWS
    assert (shown.first, shown.last, shown.found) == (1, 199, 411)


def test_an_opened_job_is_shown_even_if_it_is_not_among_those_that_are_chosen() -> None:
    shown = listing(MANY, Choice(find="nothing like it", opened="5/live"))
    assert (ids(shown), shown.found) == ([5], 0)


def test_an_opened_job_stays_at_its_place_on_its_page() -> None:
    assert ids(listing(MANY, Choice(opened="1/live"))) == ids(listing(MANY, ALL))


def test_an_opened_job_that_is_not_watched_is_not_missed() -> None:
    assert ids(listing(MANY, Choice(opened="7000/live"))) == ids(listing(MANY, ALL))


def test_nothing_is_one_empty_page() -> None:
    assert listing([], ALL) == Listing([], placed=0, found=0, page=1, pages=1)
