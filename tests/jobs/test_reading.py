"""How attempts to read a job, and reloads, change the job's reading."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from exporter.config.sections import Refresh
from exporter.jobs.due import is_due
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
from exporter.model.failures import Failure, NotFound, ServerError, Unauthorized
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.model.state import State
from tests.support.readers import DONE, OVER, RUNNING

REFRESH = Refresh().model_copy(update={"active": 10.0, "finished": 86_400.0})
UNIX = RUNNING.created or 0.0
DOWN = ServerError("the API failed (500)", 500)
REFUSED = Unauthorized("the API refused the key (401)", 401)
GONE = NotFound("the API knows no such job (404)", 404)


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=UNIX + seconds)


def failed_at(seconds: float = 0.0) -> Reading:
    return failed(UNREAD, DOWN, at(seconds), REFRESH, 0)


def read(job: Job = RUNNING, seconds: float = 0.0, before: Reading = UNREAD) -> Reading:
    return succeeded(before, job, at(seconds), at(seconds), REFRESH)


@pytest.mark.parametrize(
    ("error", "active", "seconds"),
    [
        pytest.param(DOWN, 600.0, [600.0, 900.0, 900.0], id="any failure"),
        pytest.param(GONE, 600.0, [600.0, 1200.0, 2400.0], id="a job that the API does not know"),
    ],
)
def test_a_job_that_failed_is_due_after_a_back_off_that_grows_with_each_failure(
    error: Failure, active: float, seconds: list[float]
) -> None:
    refresh, reading, waits = Refresh.model_construct(active=active), UNREAD, []
    for _ in seconds:
        reading = failed(reading, error, at(0), refresh, jitter=0.0)
        waits.append(reading.due_at - at(0).monotonic)
    assert waits == seconds


def test_jitter_lengthens_a_backoff_by_a_tenth_at_most() -> None:
    assert failed(UNREAD, DOWN, at(0), REFRESH, jitter=1.0).due_at == pytest.approx(1011.0)


def test_the_first_read_counts_as_progress() -> None:
    assert read(RUNNING, 5).progressed_at == UNIX + 5


def test_progress_is_when_a_value_was_last_seen_to_change() -> None:
    first = read(RUNNING, 0)
    still = read(RUNNING, 10, first)
    moved = read(replace(RUNNING, successful=2), 20, still)
    assert (still.progressed_at, moved.progressed_at) == (UNIX, UNIX + 20)


def test_a_failed_read_keeps_the_last_values_and_notes_the_failure() -> None:
    reading = failed(read(RUNNING, 0), DOWN, at(10), REFRESH, 0)
    assert (reading.job, reading.read_at, reading.progressed_at) == (RUNNING, at(0), UNIX)
    assert (reading.error, reading.failures, reading.errors) == (DOWN, 1, 1)


def test_a_good_read_ends_the_failures_and_keeps_their_count() -> None:
    reading = read(RUNNING, 20, failed_at())
    assert (reading.error, reading.failures, reading.errors) == (None, 0, 1)


@pytest.mark.parametrize(
    ("reading", "seconds", "shown"),
    [
        pytest.param(UNREAD, 0, None, id="unread: nothing"),
        pytest.param(read(RUNNING), 3600, RUNNING, id="unfinished, as old as allowed: its values"),
        pytest.param(read(RUNNING), 3601, None, id="unfinished and older: nothing"),
        pytest.param(read(DONE), 10**7, DONE, id="finished, however old: its values"),
    ],
)
def test_values_are_shown_until_they_are_stale(
    reading: Reading, seconds: float, shown: Job | None
) -> None:
    assert reading.current(at(seconds), stale_after=3600) == shown


def test_a_slow_read_does_not_delay_the_next_one() -> None:
    reading = succeeded(UNREAD, RUNNING, at(0), at(3), REFRESH)
    assert is_due(reading, at(10))
    assert reading.read_at == at(3)


def test_a_jump_of_the_wall_clock_makes_nothing_stale() -> None:
    jumped = Instant(monotonic=1001.0, unix=UNIX + 10**6)
    assert read(RUNNING).current(jumped, stale_after=3600) == RUNNING


def test_after_a_failure_of_the_account_the_job_is_due_at_once() -> None:
    before = failed(UNREAD, DOWN, at(0), REFRESH, 0)
    reading = failed_with_account(before, REFUSED, at(10))
    assert is_due(reading, at(10))
    assert (reading.error, reading.errors, reading.failures) == (REFUSED, 2, 1)
    assert reading.attempted_at == at(10).monotonic


def test_reads_fail_since_the_first_failure_after_the_last_good_read() -> None:
    reading = read(RUNNING, 0)
    assert reading.failing_since is None
    reading = failed(reading, DOWN, at(10), REFRESH, 0)
    assert reading.failing_since == UNIX + 10
    reading = failed(reading, GONE, at(20), REFRESH, 0)
    assert reading.failing_since == UNIX + 10
    assert read(RUNNING, 30, reading).failing_since is None


def test_failures_of_the_account_and_of_the_job_are_one_time_without_a_good_read() -> None:
    of_account = failed_with_account(read(RUNNING, 0), REFUSED, at(10))
    assert of_account.failing_since == UNIX + 10
    assert failed(of_account, DOWN, at(20), REFRESH, 0).failing_since == UNIX + 10
    assert failed_with_account(failed_at(5), REFUSED, at(10)).failing_since == UNIX + 5


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda reading: with_another_key(reading, at(10)), id="another key"),
        pytest.param(lambda reading: after_outage(reading, 0.0, at(10)), id="the end of an outage"),
        pytest.param(
            lambda reading: rescheduled(reading, REFRESH, Refresh(active="1m")), id="a reload"
        ),
    ],
)
def test_only_a_good_read_ends_the_time_for_which_reads_fail(
    change: Callable[[Reading], Reading],
) -> None:
    reading = change(failed(read(RUNNING, 0), REFUSED, at(5), REFRESH, 0))
    assert reading.failing_since == UNIX + 5


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        pytest.param(failed_at(20), True, id="failed in the outage"),
        pytest.param(failed_at(19), False, id="failed before the outage"),
        pytest.param(failed(UNREAD, GONE, at(20), REFRESH, 0), False, id="not known to the API"),
        pytest.param(
            failed(failed_at(), DOWN, at(20), REFRESH, 0),
            False,
            id="failed before and in the outage",
        ),
        pytest.param(read(DONE, 20), False, id="read in the outage"),
    ],
)
def test_after_an_outage_the_jobs_that_failed_in_it_are_due(
    reading: Reading, expected: bool
) -> None:
    assert is_due(after_outage(reading, at(20).monotonic, at(25)), at(25)) is expected


def test_the_end_of_an_outage_changes_nothing_of_a_job_that_was_never_attempted() -> None:
    assert after_outage(UNREAD, at(20).monotonic, at(25)) == UNREAD


@pytest.mark.parametrize(
    ("reading", "after", "expected"),
    [
        pytest.param(read(RUNNING), Refresh(active="1m"), 59.4, id="unfinished, less often"),
        pytest.param(read(RUNNING), Refresh(active="1s"), 0.99, id="unfinished, more often"),
        pytest.param(read(RUNNING), Refresh(finished="1h"), 9.9, id="unfinished, as before"),
        pytest.param(read(OVER), Refresh(finished="1h"), 3600.0, id="finished, more often"),
        pytest.param(read(OVER), Refresh(finished="0"), math.inf, id="finished, never again"),
        pytest.param(read(DONE), Refresh(finished="0"), 9.9, id="end not confirmed"),
        pytest.param(failed_at(), Refresh(active="1m"), 10.0, id="failed, in its back-off"),
    ],
)
def test_another_refresh_counts_from_the_last_read(
    reading: Reading, after: Refresh, expected: float
) -> None:
    assert rescheduled(reading, REFRESH, after).due_at == pytest.approx(1000.0 + expected)


def test_a_finished_job_that_was_never_to_be_read_again_is_read_under_another_refresh() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    reading = rescheduled(read(OVER), REFRESH, never)
    assert rescheduled(reading, never, REFRESH).due_at == 1000.0 + 86_400


def test_a_word_with_another_meaning_is_another_state_and_the_job_is_due() -> None:
    reading = with_other_words(read(RUNNING), {"processing": State.FAILED}, at(1))
    assert reading.job is not None
    assert (reading.job.state, reading.finished, reading.due_at) == (State.FAILED, True, 1001.0)
    assert reading.end == End(witnessed=True, ended_at=1001.0)
    assert with_other_words(reading, {}, at(2)).job == RUNNING


def test_other_words_that_do_not_concern_a_job_leave_its_reading_as_it_is() -> None:
    for reading in (read(RUNNING), read(DONE), failed_at(), UNREAD):
        assert with_other_words(reading, {"abandoned": State.FAILED}, at(1)) is reading


def test_with_another_key_a_job_that_was_refused_is_due_and_others_wait() -> None:
    reading = failed(UNREAD, REFUSED, at(0), REFRESH, 0)
    assert is_due(with_another_key(reading, at(1)), at(1))
    assert with_another_key(failed_at(), at(1)) == failed_at()
    assert with_another_key(read(RUNNING), at(1)) == read(RUNNING)


def test_with_another_key_the_back_off_begins_anew() -> None:
    reading = UNREAD
    for _ in range(6):
        reading = failed(reading, REFUSED, at(0), REFRESH, 0)
    again = failed(with_another_key(reading, at(0)), REFUSED, at(0), REFRESH, 0)
    assert again.due_at == 1000.0 + REFRESH.active


def test_another_refresh_counts_from_the_scrape_that_wanted_the_read() -> None:
    slow = succeeded(UNREAD, RUNNING, at(0), at(7), REFRESH)
    assert rescheduled(slow, REFRESH, Refresh(active="1m")).due_at == pytest.approx(1059.4)
