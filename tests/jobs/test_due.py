"""Which jobs are due, and the order in which a scrape takes them."""

from dataclasses import replace

import pytest

from exporter.config.sections import Refresh
from exporter.jobs.due import DueReads, due, is_due
from exporter.jobs.reading import UNREAD, Reading, failed, succeeded
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from tests.support.readers import DONE, OVER, RUNNING


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=1_700_000_000.0 + seconds)


def failed_at(seconds: float = 0.0) -> Reading:
    error = ServerError("the API failed (500)", 500)
    return failed(UNREAD, error, at(seconds), Refresh(), 0)


def read(job: Job, seconds: float = 0.0) -> Reading:
    return succeeded(UNREAD, job, at(seconds), at(seconds), Refresh())


def test_a_job_that_was_never_attempted_is_due() -> None:
    assert is_due(UNREAD, at(0))


@pytest.mark.parametrize(
    ("reading", "seconds", "expected"),
    [
        pytest.param(read(RUNNING), 9.8, False, id="unfinished, before refresh.active"),
        pytest.param(read(RUNNING), 10.0, True, id="unfinished, at refresh.active"),
        pytest.param(read(DONE), 9.8, False, id="end not confirmed, before refresh.active"),
        pytest.param(read(DONE), 10.0, True, id="end not confirmed, at refresh.active"),
        pytest.param(read(OVER), 86_399.0, False, id="end confirmed, before refresh.finished"),
        pytest.param(read(OVER), 86_400.0, True, id="end confirmed, at refresh.finished"),
        pytest.param(failed_at(), 9.9, False, id="failed, in its back-off"),
        pytest.param(failed_at(), 10.0, True, id="failed, after its back-off"),
    ],
)
def test_a_job_is_due_when_its_wait_is_over(
    reading: Reading, seconds: float, expected: bool
) -> None:
    assert is_due(reading, at(seconds)) is expected


def test_when_refresh_finished_is_0_an_end_is_read_until_it_is_confirmed() -> None:
    never = Refresh().model_copy(update={"finished": 0.0})
    assert is_due(succeeded(UNREAD, DONE, at(0), at(0), never), at(10))
    assert not is_due(succeeded(UNREAD, OVER, at(0), at(0), never), at(10**9))


def test_settled_jobs_come_last_and_the_longest_unread_first() -> None:
    readings = {
        1: read(RUNNING, 50),
        2: read(OVER, 0),
        3: read(RUNNING, 20),
        4: read(OVER, 10),
        6: failed_at(30),
        7: read(DONE, 40),
    }
    assert due(readings, [1, 2, 3, 4, 5, 6, 7], at(200_000)) == [5, 3, 6, 7, 1, 2, 4]


def test_a_job_that_is_not_watched_is_not_due() -> None:
    assert due({1: read(RUNNING)}, [], at(100)) == []


def test_a_scrape_that_is_a_little_early_finds_the_job_due() -> None:
    assert is_due(read(RUNNING), at(9.95))


def test_jobs_that_failed_before_wait_apart_and_need_a_slot_for_retries() -> None:
    readings = {1: failed_at(), 2: read(RUNNING, 1), 3: failed_at(2), 4: read(RUNNING, 3)}
    reads = DueReads([1, 2, 3, 4], readings, [1, 2, 3, 4])
    taken = [reads.take_next(retry=retry) for retry in (True, False, False)]
    assert taken == [1, 2, 4]
    assert reads.take_next(retry=False) is None
    assert list(reads.rest()) == [3]


def test_with_a_slot_for_retries_the_most_urgent_job_is_next() -> None:
    readings = {1: read(RUNNING, 1), 2: failed_at(2)}
    reads = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [reads.take_next(retry=True) for _ in range(4)] == [1, 2, 3, None]


def test_settled_jobs_do_not_pass_an_unsettled_one_that_failed() -> None:
    readings = {1: failed_at(), 2: read(RUNNING, 1), 3: read(OVER, 2)}
    reads = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [reads.take_next(retry=retry) for retry in (False, False, True, False)] == [
        2,
        None,
        1,
        3,
    ]


def test_a_job_whose_end_is_not_confirmed_stands_among_the_unfinished_ones() -> None:
    reads = DueReads([1, 2], {1: failed_at(), 2: read(replace(OVER, completed=None), 1)}, [1, 2])
    assert reads.take_next(retry=False) == 2


def test_the_job_most_likely_to_be_answered_tries_the_api() -> None:
    readings = {1: failed_at(), 2: read(RUNNING, 2), 3: read(RUNNING, 3)}
    reads = DueReads([1, 2, 3], readings, [1, 2, 3])
    assert [reads.take_for_trial() for _ in range(4)] == [3, 2, 1, None]


def test_due_reads_are_true_until_all_are_taken() -> None:
    reads = DueReads([1, 2], {1: failed_at()}, [1, 2])
    seen = [bool(reads)]
    for _ in range(2):
        reads.take_next(retry=True)
        seen.append(bool(reads))
    assert seen == [True, True, False]


def test_strangers_stand_apart_from_the_watched_jobs() -> None:
    reads = DueReads([7, 1, 2, 8], {}, {1, 2})
    assert [reads.take_next(retry=True) for _ in range(3)] == [1, 2, None]
    assert reads.has_strangers
    assert [reads.take_stranger(new=True) for _ in range(2)] == [7, 8]
    assert not reads.has_strangers


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ((True, True, False, False), [7, 8, 9, 6]),
        ((False, False, True, True), [9, 6, 7, 8]),
        ((False, False, False, True), [9, 6, 7, 8]),
        ((True, True, True, False), [7, 8, 9, 6]),
    ],
)
def test_new_and_known_strangers_come_by_turns_while_there_are_both(
    turns: tuple[bool, ...], expected: list[int]
) -> None:
    reads = DueReads([7, 9, 8, 6], {9: read(RUNNING, 1), 6: read(RUNNING, 2)}, ())
    assert [reads.take_stranger(new=new) for new in turns] == expected


def test_no_scrape_waits_for_strangers_alone() -> None:
    reads = DueReads([7], {}, {1})
    assert not reads
    assert list(reads.rest()) == []


def test_a_stranger_tries_the_api_only_where_all_watched_jobs_failed() -> None:
    reads = DueReads([7, 8, 1, 2], {1: failed_at()}, {1, 2})
    taken = [reads.take_for_trial(stranger=turn) for turn in (True, True, False, False)]
    assert taken == [2, 7, 1, None]
