"""Properties of the order of the due jobs: no job starves."""

import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from exporter.config.sections import Refresh
from exporter.jobs.due import due, is_due
from exporter.jobs.reading import UNREAD, Reading, failed, failed_with_account, succeeded
from exporter.model.failures import NotFound, ServerError, Unauthorized
from exporter.model.instant import Instant
from tests.support.readers import OVER, RUNNING

REFRESH = Refresh().model_copy(update={"active": 10.0, "finished": 3600.0})
DOWN = ServerError("the API failed (500)", 500)
GONE = NotFound("the API knows no such job (404)", 404)
REFUSED = Unauthorized("the API refused the key (401)", 401)
OUTCOMES = ("running", "done", "down", "gone", "refused")
Readings = dict[int, Reading]
Outcomes = st.sampled_from(OUTCOMES)
Histories = st.dictionaries(
    st.integers(1, 40), st.lists(st.tuples(st.floats(0, 10_000), Outcomes), max_size=4)
)


def at(seconds: float) -> Instant:
    return Instant(seconds, 1_700_000_000.0 + seconds)


def attempted(reading: Reading, seconds: float, outcome: str) -> Reading:
    """Return the reading after an attempt with this outcome."""
    now = at(seconds)
    if outcome == "refused":
        return failed_with_account(reading, REFUSED, now)
    if outcome in ("down", "gone"):
        return failed(reading, DOWN if outcome == "down" else GONE, now, REFRESH, 0.5)
    job = OVER if outcome == "done" else RUNNING
    return succeeded(reading, job, now, now, REFRESH)


def readings_of(histories: dict[int, list[tuple[float, str]]]) -> Readings:
    readings: Readings = {}
    for job_id, history in histories.items():
        for seconds, outcome in sorted(history):
            readings[job_id] = attempted(readings.get(job_id, UNREAD), seconds, outcome)
    return readings


@given(
    histories=Histories,
    start=st.floats(
        10_001, 30_000
    ),  # after the histories: jobs attempted at one moment are read by their ids
    rounds=st.lists(st.tuples(st.floats(0.01, 7200), Outcomes), min_size=40, max_size=40),
    allowance=st.integers(1, 10),
)
def test_every_due_job_without_a_confirmed_end_is_read_within_as_many_rounds_as_it_takes(
    histories: dict[int, list[tuple[float, str]]],
    start: float,
    rounds: list[tuple[float, str]],
    allowance: int,
) -> None:
    readings, watched, now = readings_of(histories), range(1, 41), start
    waiting = {
        job_id
        for job_id in due(readings, watched, at(now))
        if not readings.get(job_id, UNREAD).end_confirmed
    }
    enough = math.ceil(len(watched) / allowance)
    for gap, outcome in rounds[:enough]:
        for job_id in due(readings, watched, at(now))[:allowance]:
            waiting.discard(job_id)
            readings[job_id] = attempted(readings.get(job_id, UNREAD), now, outcome)
        now += gap
    assert waiting == set()


@given(histories=Histories, now=st.floats(10_000, 30_000))
def test_settled_jobs_come_last_and_in_each_class_the_longest_unread_first(
    histories: dict[int, list[tuple[float, str]]], now: float
) -> None:
    readings = readings_of(histories)
    order = [readings.get(job_id, UNREAD) for job_id in due(readings, range(1, 41), at(now))]
    keys = [
        (reading.end_confirmed, -math.inf if reading.attempted_at is None else reading.attempted_at)
        for reading in order
    ]
    assert keys == sorted(keys)


@given(histories=Histories, now=st.floats(10_000, 30_000))
def test_the_order_does_not_depend_on_the_values_that_were_read(
    histories: dict[int, list[tuple[float, str]]], now: float
) -> None:
    readings = readings_of(histories)
    others = {
        job_id: replace(reading, job=reading.job and replace(reading.job, status="Other", total=1))
        for job_id, reading in readings.items()
    }
    assert due(readings, range(1, 41), at(now)) == due(others, range(1, 41), at(now))


@given(st.dictionaries(st.integers(1, 50), st.floats(0, 100)), st.floats(0, 200))
def test_exactly_the_due_jobs_are_in_the_order(reads: dict[int, float], now: float) -> None:
    readings = {job_id: attempted(UNREAD, seconds, "running") for job_id, seconds in reads.items()}
    found = due(readings, range(1, 51), at(now))
    assert set(found) == {i for i in range(1, 51) if is_due(readings.get(i, UNREAD), at(now))}
    assert len(found) == len(set(found))
