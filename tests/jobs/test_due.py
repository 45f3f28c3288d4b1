from dataclasses import replace

import pytest

from exporter.config.sections import Refresh
from exporter.jobs.due import DueReads
from exporter.jobs.reading import UNREAD, Reading, failed, succeeded
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from tests.support.readers import OVER, RUNNING


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=1_700_000_000.0 + seconds)


def refused(seconds: float = 0.0) -> Reading:
    error = ServerError("the API failed (500)", 500)
    return failed(UNREAD, error, at(seconds), Refresh(), 0)


def read(job: Job, seconds: float) -> Reading:
    return succeeded(UNREAD, job, at(seconds), at(seconds), Refresh())


def test_jobs_that_failed_before_wait_in_a_line_of_their_own() -> None:
    readings = {1: refused(), 2: read(RUNNING, 1), 3: refused(2), 4: read(RUNNING, 3)}
    due = DueReads([1, 2, 3, 4], readings, [1, 2, 3, 4])
    taken = [due.next(retry=retry) for retry in (True, False, False)]
    assert taken == [1, 2, 4]
    assert due.next(retry=False) is None
    assert list(due.rest()) == [3]


def test_with_a_place_for_retries_the_order_is_that_of_urgency() -> None:
    readings = {1: read(RUNNING, 1), 2: refused(2)}
    due = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [due.next(retry=True) for _ in range(4)] == [1, 2, 3, None]


def test_jobs_whose_end_is_confirmed_do_not_pass_another_one_that_failed() -> None:
    readings = {1: refused(), 2: read(RUNNING, 1), 3: read(OVER, 2)}
    due = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [
        due.next(retry=False),
        due.next(retry=False),
    ] == [2, None]
    assert [
        due.next(retry=True),
        due.next(retry=False),
    ] == [1, 3]


def test_a_job_whose_end_is_not_confirmed_stands_among_the_unfinished_ones() -> None:
    due = DueReads([1, 2], {1: refused(), 2: read(replace(OVER, completed=None), 1)}, [1, 2])
    assert due.next(retry=False) == 2


def test_a_trial_is_made_with_the_job_of_which_most_is_to_be_hoped() -> None:
    readings = {1: refused(), 2: read(RUNNING, 2), 3: read(RUNNING, 3)}
    due = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [due.trial() for _ in range(4)] == [3, 2, 1, None]


def test_what_is_pending_is_true_until_all_of_it_is_taken() -> None:
    due = DueReads([1, 2], {1: refused()}, [1, 2])
    seen = [bool(due)]
    for _ in range(2):
        due.next(retry=True)
        seen.append(bool(due))
    assert seen == [True, True, False]


def test_strangers_stand_apart_from_the_watched_jobs() -> None:
    due = DueReads([7, 1, 2, 8], {}, {1, 2})
    assert [due.next(retry=True) for _ in range(3)] == [1, 2, None]
    assert due.has_strangers
    assert [due.stranger(new=True) for _ in range(2)] == [7, 8]
    assert not due.has_strangers


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ((True, True, False, False), [7, 8, 9, 6]),
        ((False, False, True, True), [9, 6, 7, 8]),
        ((False, False, False, True), [9, 6, 7, 8]),
        ((True, True, True, False), [7, 8, 9, 6]),
    ],
)
def test_a_stranger_is_new_or_was_read_before_as_its_turn_is_while_there_are_both(
    turns: tuple[bool, ...], expected: list[int]
) -> None:
    due = DueReads([7, 9, 8, 6], {9: read(RUNNING, 1), 6: read(RUNNING, 2)}, ())
    assert [due.stranger(new=new) for new in turns] == expected


def test_strangers_alone_are_nothing_to_wait_for() -> None:
    due = DueReads([7], {}, {1})
    assert not due
    assert list(due.rest()) == []


def test_a_trial_is_made_with_a_stranger_only_where_all_watched_jobs_failed() -> None:
    due = DueReads([7, 8, 1, 2], {1: refused()}, {1, 2})
    assert [due.trial(stranger=turn) for turn in (True, True, False, False)] == [
        2,
        7,
        1,
        None,
    ]
