"""When a job's end is confirmed, and when the job is read again."""

import math
from dataclasses import replace
from typing import Any

import pytest

from exporter.config.sections import Refresh
from exporter.jobs.end_confirmation import (
    NO_END,
    End,
    after_other_words,
    after_read,
    contradicts_itself,
    time_to_next_read,
)
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from tests.support.readers import DONE, RUNNING

ACTIVE = 10.0
REFRESH = Refresh().model_copy(update={"active": ACTIVE, "finished": 86_400.0})
UNIX = 1_700_000_090.0
"""When `DONE` says that it was completed."""

HOUR, WEEK = 3600.0, 7 * 86_400.0
ODD = replace(RUNNING, status="Frobnicating").judged({})
UNDATED = replace(DONE, completed=None)
HALF = replace(DONE, successful=5)
PARTIAL = replace(DONE, status="ProcessedWithErrors", successful=9, failed=1).judged({})
FAILED = replace(DONE, status="Failed", successful=1).judged({})


def at(seconds: float) -> Instant:
    """Return the moment `seconds` after `DONE` was completed."""
    return Instant(monotonic=1000.0 + seconds, unix=UNIX + seconds)


def end_after(*reads: tuple[float, Job]) -> End:
    """Return the end of a job after these reads, each at some seconds."""
    end, before = NO_END, None
    for seconds, job in reads:
        end, before = after_read(end, before, job, at(seconds), ACTIVE), job
    return end


def stood_at(end: End, seconds: float) -> float:
    """Return for how many seconds an end has stood."""
    assert end.ended_at is not None
    return at(seconds).monotonic - end.ended_at


@pytest.mark.parametrize(
    ("reads", "stood", "confirmed"),
    [
        pytest.param([(WEEK, DONE)], WEEK, True, id="an old end at first sight"),
        pytest.param([(40, DONE)], 40, True, id="one that is just old enough"),
        pytest.param([(30, DONE)], 30, False, id="a recent one"),
        pytest.param([(30, DONE), (40, DONE)], 40, True, id="a recent one, a read later"),
        pytest.param([(-60, DONE)], 0, False, id="one that is still to come, as clocks differ"),
        pytest.param([(WEEK, UNDATED)], 0, False, id="one without a date"),
        pytest.param(
            [(0, UNDATED), (158, UNDATED)], 158, False, id="without a date, not long enough"
        ),
        pytest.param([(0, UNDATED), (160, UNDATED)], 160, True, id="without a date, long enough"),
        pytest.param([(159, HALF)], 159, True, id="a contradiction within a scrape's slack"),
        pytest.param([(150, HALF)], 150, False, id="a contradiction, recent"),
        pytest.param([(WEEK, HALF)], WEEK, True, id="a contradiction, old"),
        pytest.param([(0, RUNNING), (10, DONE)], 0, False, id="seen at work, then ended"),
        pytest.param([(0, RUNNING), (HOUR, DONE)], 0, False, id="last seen at work an hour ago"),
        pytest.param(
            [(0, RUNNING), (10, DONE), (50, DONE)], 40, True, id="seen at work, its end has stood"
        ),
        pytest.param(
            [(0, RUNNING), (10, DONE), (30, PARTIAL), (50, PARTIAL)],
            20,
            False,
            id="a corrected end stands since the correction",
        ),
        pytest.param(
            [(10, DONE), (40, replace(DONE, tasks=7, offline=True, account_id=7, type="Other"))],
            40,
            True,
            id="values that are no part of the end change nothing",
        ),
        pytest.param(
            [(WEEK, DONE), (WEEK + 60, FAILED)],
            0,
            True,
            id="a confirmed end that is corrected stays confirmed, and stands anew",
        ),
    ],
)
def test_an_end_is_confirmed_by_a_good_read_once_it_has_stood(
    reads: list[tuple[float, Job]], stood: float, confirmed: bool
) -> None:
    end = end_after(*reads)
    assert (stood_at(end, reads[-1][0]), end.confirmed) == (pytest.approx(stood), confirmed)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Completed"},
        {"percent_complete": 97.0},
        {"total": 11},
        {"successful": 9},
        {"failed": None},
        {"completed": UNIX + 1},
        {"state": State.UNKNOWN},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_end_stands_anew_after_any_change_of_its_values(changes: dict[str, Any]) -> None:
    end = end_after((0, RUNNING), (10, DONE), (20, replace(DONE, **changes)))
    assert stood_at(end, 20) == 0


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        pytest.param([(WEEK, DONE), (WEEK + 9, RUNNING)], End(witnessed=True), id="at work again"),
        pytest.param(
            [(WEEK, DONE), (WEEK + 9, replace(RUNNING, status="NotStarted").judged({}))],
            End(witnessed=True),
            id="waits again",
        ),
        pytest.param(
            [(WEEK, DONE), (WEEK + 9, ODD)],
            End(witnessed=True, confirmed=True),
            id="at work by an unknown word: confirmed still",
        ),
        pytest.param(
            [(0, RUNNING), (10, DONE), (20, RUNNING)],
            End(witnessed=True),
            id="an end that is taken back",
        ),
    ],
)
def test_a_job_that_works_again_by_a_known_word_has_no_end_any_more(
    reads: list[tuple[float, Job]], expected: End
) -> None:
    assert end_after(*reads) == expected


def test_only_a_job_that_was_seen_unfinished_is_witnessed() -> None:
    assert end_after((0, RUNNING), (HOUR, DONE), (2 * HOUR, DONE)).witnessed
    assert not end_after((WEEK, DONE), (WEEK + HOUR, FAILED)).witnessed


@pytest.mark.parametrize(
    ("end", "seconds"),
    [
        pytest.param(End(witnessed=True), 9.9, id="unfinished"),
        pytest.param(End(witnessed=True, confirmed=True), 9.9, id="unfinished by an unknown word"),
        pytest.param(End(ended_at=900.0), 9.9, id="not confirmed"),
        pytest.param(End(ended_at=1000.0, confirmed=True), 9.9, id="just corrected"),
        pytest.param(End(ended_at=960.0, confirmed=True), 120.0, id="has stood for 40 s"),
        pytest.param(End(ended_at=840.0, confirmed=True), 480.0, id="has stood for 160 s"),
        pytest.param(End(ended_at=-WEEK, confirmed=True), 86_400.0, id="has stood for long"),
    ],
)
def test_an_end_is_read_ever_more_rarely_once_it_is_confirmed(end: End, seconds: float) -> None:
    assert time_to_next_read(end, 1000.0, REFRESH) == pytest.approx(seconds)


def test_a_confirmed_end_is_never_read_again_where_refresh_finished_is_0() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    assert time_to_next_read(End(ended_at=960.0, confirmed=True), 1000.0, never) == math.inf
    assert time_to_next_read(End(ended_at=990.0), 1000.0, never) == pytest.approx(9.9)


@pytest.mark.parametrize(
    ("job", "contradicts"),
    [
        pytest.param(DONE, False, id="all is done"),
        pytest.param(UNDATED, True, id="no date"),
        pytest.param(replace(FAILED, completed=None), True, id="no date, failed"),
        pytest.param(replace(DONE, percent_complete=97.0), True, id="97 per cent"),
        pytest.param(replace(DONE, percent_complete=None), False, id="no percentage"),
        pytest.param(HALF, True, id="half of the items"),
        pytest.param(replace(HALF, failed=5), False, id="the other half has failed"),
        pytest.param(replace(DONE, successful=None, failed=None), True, id="no item of ten"),
        pytest.param(replace(DONE, total=None, successful=None), False, id="no counts at all"),
        pytest.param(FAILED, False, id="failed half-way, which is no contradiction"),
        pytest.param(replace(PARTIAL, successful=5), False, id="with errors, half-way"),
    ],
)
def test_a_finished_job_contradicts_itself_where_its_values_say_that_it_is_not_done(
    job: Job, contradicts: bool
) -> None:
    assert contradicts_itself(job) is contradicts


@pytest.mark.parametrize(
    ("end", "job", "expected"),
    [
        pytest.param(
            End(witnessed=True),
            FAILED,
            End(witnessed=True, ended_at=1005.0),
            id="an end by these words only",
        ),
        pytest.param(
            End(ended_at=3.0, confirmed=True),
            FAILED,
            End(ended_at=3.0, confirmed=True),
            id="an end in another state",
        ),
        pytest.param(
            End(ended_at=3.0, confirmed=True), RUNNING, End(confirmed=True), id="no end any more"
        ),
    ],
)
def test_other_words_of_the_users_confirm_no_end_and_undo_no_confirmation(
    end: End, job: Job, expected: End
) -> None:
    assert after_other_words(end, job, at(5)) == expected
