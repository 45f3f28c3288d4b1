import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.sections import Refresh
from exporter.jobs.due import due, is_due
from exporter.jobs.end_confirmation import End
from exporter.jobs.reading import (
    UNREAD,
    Reading,
    after_outage,
    failed,
    failed_with_account,
    rescheduled,
    succeeded,
    with_another_key,
    with_other_words,
)
from exporter.model.failures import (
    Failure,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    Unauthorized,
)
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from tests.support.readers import DONE, OVER, RUNNING

REFRESH = Refresh().model_copy(update={"active": 10.0, "finished": 86_400.0})
UNIX = RUNNING.created or 0.0
DOWN = ServerError("the API failed (500)", 500)
REFUSED = Unauthorized("the API refused the key (401)", 401)
SPENT = RateLimited("the account's requests are spent (429)", 429)
GONE = NotFound("the API knows no such job (404)", 404)


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=UNIX + seconds)


def refused(seconds: float = 0.0) -> Reading:
    return failed(UNREAD, DOWN, at(seconds), REFRESH, 0)


def read(job: Job = RUNNING, seconds: float = 0.0, before: Reading = UNREAD) -> Reading:
    return succeeded(before, job, at(seconds), at(seconds), REFRESH)


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
        pytest.param(refused(), 9.9, False, id="failed, in its back-off"),
        pytest.param(refused(), 10.0, True, id="failed, after its back-off"),
    ],
)
def test_a_job_is_due_when_its_wait_is_over(
    reading: Reading, seconds: float, expected: bool
) -> None:
    assert is_due(reading, at(seconds)) is expected


def test_when_refresh_finished_is_0_an_end_is_read_until_it_is_confirmed() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    assert is_due(succeeded(UNREAD, DONE, at(0), at(0), never), at(10))
    assert not is_due(succeeded(UNREAD, OVER, at(0), at(0), never), at(10**9))


@pytest.mark.parametrize(
    ("error", "active", "seconds"),
    [
        pytest.param(DOWN, 10.0, [10.0, 20.0, 40.0], id="doubles from refresh.active"),
        pytest.param(DOWN, 600.0, [600.0, 900.0, 900.0], id="up to 15 minutes"),
        pytest.param(GONE, 1800.0, [1800.0, 3600.0, 3600.0], id="up to an hour for an unknown job"),
        pytest.param(DOWN, 7200.0, [7200.0, 7200.0, 7200.0], id="never below refresh.active"),
    ],
)
def test_a_job_that_failed_is_due_after_a_back_off(
    error: Failure, active: float, seconds: list[float]
) -> None:
    refresh, reading, waits = Refresh.model_construct(active=active), UNREAD, []
    for _ in seconds:
        reading = failed(reading, error, at(0), refresh, jitter=0.0)
        waits.append(reading.due_at - at(0).monotonic)
    assert waits == seconds


def test_jitter_lengthens_a_backoff_by_a_tenth_at_most() -> None:
    assert failed(UNREAD, DOWN, at(0), REFRESH, jitter=1.0).due_at == pytest.approx(1011.0)


def test_confirmed_ends_go_after_all_others_and_the_longest_unread_first() -> None:
    readings = {
        1: read(RUNNING, 50),
        2: read(OVER, 0),
        3: read(RUNNING, 20),
        4: read(OVER, 10),
        6: refused(30),
        7: read(DONE, 40),
    }
    assert due(readings, [1, 2, 3, 4, 5, 6, 7], at(200_000)) == [5, 3, 6, 7, 1, 2, 4]


def test_a_job_that_is_not_watched_is_not_due() -> None:
    assert due({1: read(RUNNING)}, [], at(100)) == []


@given(st.dictionaries(st.integers(1, 50), st.floats(0, 100)), st.floats(0, 200))
def test_what_is_due_is_due_and_what_is_not_is_left_out(
    reads: dict[int, float], now: float
) -> None:
    readings = {job_id: read(RUNNING, seconds) for job_id, seconds in reads.items()}
    found = due(readings, range(1, 51), at(now))
    assert set(found) == {i for i in range(1, 51) if is_due(readings.get(i, UNREAD), at(now))}
    assert len(found) == len(set(found))


def test_the_first_read_counts_as_progress() -> None:
    assert read(RUNNING, 5).progressed_at == UNIX + 5


def test_progress_is_when_a_value_was_last_seen_to_change() -> None:
    first = read(RUNNING, 0)
    still = read(RUNNING, 10, first)
    moved = read(replace(RUNNING, successful=2), 20, still)
    assert (still.progressed_at, moved.progressed_at) == (UNIX, UNIX + 20)


def test_a_failed_read_keeps_the_last_values_and_says_so() -> None:
    reading = failed(read(RUNNING, 0), DOWN, at(10), REFRESH, 0)
    assert (reading.job, reading.read_at, reading.progressed_at) == (RUNNING, at(0), UNIX)
    assert (reading.error, reading.failures, reading.errors) == (DOWN, 1, 1)


def test_a_good_read_ends_the_failures_and_keeps_their_count() -> None:
    reading = read(RUNNING, 20, refused())
    assert (reading.error, reading.failures, reading.errors) == (None, 0, 1)


@pytest.mark.parametrize(
    ("reading", "seconds", "shown"),
    [
        pytest.param(UNREAD, 0, None, id="unread, nothing"),
        pytest.param(read(RUNNING), 3600, RUNNING, id="unfinished, as old as allowed, its values"),
        pytest.param(read(RUNNING), 3601, None, id="unfinished and older, nothing"),
        pytest.param(read(DONE), 10**7, DONE, id="finished, however old, its values"),
    ],
)
def test_values_are_shown_until_they_are_stale(
    reading: Reading, seconds: float, shown: Job | None
) -> None:
    assert reading.current(at(seconds), stale_after=3600) == shown


def test_a_slow_read_does_not_put_off_the_next_one() -> None:
    reading = succeeded(UNREAD, RUNNING, at(0), at(3), REFRESH)
    assert is_due(reading, at(10))
    assert reading.read_at == at(3)


def test_a_scrape_that_is_a_little_early_finds_the_job_due() -> None:
    assert is_due(read(RUNNING), at(9.95))


def test_a_jump_of_the_wall_clock_makes_nothing_stale() -> None:
    jumped = Instant(monotonic=1001.0, unix=UNIX + 10**6)
    assert read(RUNNING).current(jumped, stale_after=3600) == RUNNING


def test_a_read_that_timed_out_is_no_different_from_another_failure() -> None:
    assert failed(UNREAD, ReadTimeout("late"), at(0), REFRESH, 0).due_at == 1010.0


def test_a_failure_that_is_the_accounts_makes_the_job_due_as_soon_as_it_may_be_asked() -> None:
    before = failed(UNREAD, DOWN, at(0), REFRESH, 0)
    reading = failed_with_account(before, REFUSED, at(10))
    assert is_due(reading, at(10))
    assert (reading.error, reading.errors, reading.failures) == (REFUSED, 2, 1)
    assert reading.attempted_at == at(10).monotonic


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(refused(20), True, id="failed in the outage"),
        pytest.param(refused(19), False, id="failed before it"),
        pytest.param(failed(UNREAD, GONE, at(20), REFRESH, 0), False, id="not known to the API"),
        pytest.param(failed(refused(), DOWN, at(20), REFRESH, 0), False, id="failed before, too"),
        pytest.param(read(DONE, 20), False, id="read in it"),
    ],
)
def test_after_an_outage_the_jobs_that_failed_in_it_are_due(
    reading: Reading, expected: bool
) -> None:
    assert is_due(after_outage(reading, at(20).monotonic, at(25)), at(25)) is expected


def test_a_job_that_was_never_attempted_is_left_as_it_is_by_the_end_of_an_outage() -> None:
    assert after_outage(UNREAD, at(20).monotonic, at(25)) == UNREAD


@pytest.mark.parametrize(
    ("reading", "after", "expected"),
    [
        pytest.param(read(RUNNING), Refresh(active="1m"), 59.4, id="unfinished, less often"),
        pytest.param(read(RUNNING), Refresh(active="1s"), 0.99, id="unfinished, more often"),
        pytest.param(read(RUNNING), Refresh(finished="1h"), 9.9, id="unfinished, as before"),
        pytest.param(read(OVER), Refresh(finished="1h"), 3600.0, id="finished, more often"),
        pytest.param(read(OVER), Refresh(finished="0"), math.inf, id="finished, never again"),
        pytest.param(read(DONE), Refresh(finished="0"), 9.9, id="its end is not confirmed"),
        pytest.param(refused(), Refresh(active="1m"), 10.0, id="failed, in its back-off"),
    ],
)
def test_another_refresh_counts_from_the_last_read(
    reading: Reading, after: Refresh, expected: float
) -> None:
    assert rescheduled(reading, REFRESH, after).due_at == pytest.approx(1000.0 + expected)


def test_a_finished_job_that_was_never_to_be_read_again_may_be_once_more() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    reading = rescheduled(read(OVER), REFRESH, never)
    assert rescheduled(reading, never, REFRESH).due_at == 1000.0 + 86_400


def test_a_word_with_another_meaning_is_another_state_and_the_job_is_due() -> None:
    reading = with_other_words(read(RUNNING), {"processing": State.FAILED}, at(1))
    assert reading.job is not None
    assert (reading.job.state, reading.finished, reading.due_at) == (State.FAILED, True, 1001.0)
    assert reading.end == End(witnessed=True, ended_at=1001.0)
    assert with_other_words(reading, {}, at(2)).job == RUNNING


def test_words_that_say_nothing_else_of_a_job_leave_it_as_it_is() -> None:
    for reading in (read(RUNNING), read(DONE), refused(), UNREAD):
        assert with_other_words(reading, {"abandoned": State.FAILED}, at(1)) is reading


def test_with_another_key_a_job_that_was_refused_is_due_and_others_wait() -> None:
    alone = failed(UNREAD, REFUSED, at(0), REFRESH, 0)
    assert is_due(with_another_key(alone, at(1)), at(1))
    assert with_another_key(refused(), at(1)) == refused()
    assert with_another_key(read(RUNNING), at(1)) == read(RUNNING)


def test_with_another_key_the_back_off_begins_anew() -> None:
    alone = UNREAD
    for _ in range(6):
        alone = failed(alone, REFUSED, at(0), REFRESH, 0)
    again = failed(with_another_key(alone, at(0)), REFUSED, at(0), REFRESH, 0)
    assert again.due_at == 1000.0 + REFRESH.active


def test_another_refresh_counts_from_when_the_scrape_asked() -> None:
    slow = succeeded(UNREAD, RUNNING, at(0), at(7), REFRESH)
    assert rescheduled(slow, REFRESH, Refresh(active="1m")).due_at == pytest.approx(1059.4)
