"""The numbers behind the counters and histograms of an account."""

import pytest

from exporter.jobs.counters import JOB_BUCKETS, REQUEST_BUCKETS, Counters, Histogram
from exporter.model.failures import REASONS
from exporter.model.state import State

INFINITY = float("inf")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0.0, [1, 1, 1], id="0 is in the first bucket"),
        pytest.param(1.0, [1, 1, 1], id="a bound is in its own bucket"),
        pytest.param(1.000001, [0, 1, 1], id="a value over a bound is in the next bucket"),
        pytest.param(5.0, [0, 1, 1], id="the last bound is in its own bucket"),
        pytest.param(5.1, [0, 0, 1], id="a value over every bound is in the last bucket"),
    ],
)
def test_a_bucket_holds_what_is_at_most_its_bound(value: float, expected: list[int]) -> None:
    histogram = Histogram((1.0, 5.0))
    histogram.observe(value)
    assert list(histogram.cumulative()) == list(zip((1.0, 5.0, INFINITY), expected, strict=True))
    assert histogram.total == value


def test_buckets_add_up() -> None:
    histogram = Histogram((1.0, 5.0))
    for value in (0.5, 0.5, 3.0, 100.0):
        histogram.observe(value)
    assert list(histogram.cumulative()) == [(1.0, 2), (5.0, 3), (INFINITY, 4)]
    assert histogram.total == 104.0


def test_an_empty_histogram_has_every_bucket_at_0() -> None:
    histogram = Histogram((1.0, 5.0))
    assert list(histogram.cumulative()) == [(1.0, 0), (5.0, 0), (INFINITY, 0)]
    assert histogram.total == 0


@pytest.mark.parametrize("bounds", [REQUEST_BUCKETS, JOB_BUCKETS], ids=["requests", "jobs"])
def test_bounds_rise(bounds: tuple[float, ...]) -> None:
    assert list(bounds) == sorted(set(bounds))


def test_new_counters_have_every_known_value_at_0() -> None:
    counters = Counters()
    codes = ("200", "400", "401", "404", "409", "429", "500", "none")
    assert counters.requests == dict.fromkeys(codes, 0)
    assert counters.errors == dict.fromkeys(REASONS, 0)
    assert counters.deferred == {"budget": 0, "deadline": 0, "breaker": 0}
    assert counters.finished == {"succeeded": 0, "partial": 0, "failed": 0}
    assert set(counters.job_seconds) == {"succeeded", "partial", "failed"}


def test_the_counters_of_two_accounts_share_nothing() -> None:
    first, second = Counters(), Counters()
    first.count_request(200, 0.1)
    first.count_finished(State.FAILED, 60.0)
    first.errors["timeout"] += 1
    assert second.requests["200"] == second.finished["failed"] == second.errors["timeout"] == 0
    assert second.request_seconds.total == second.job_seconds[State.FAILED].total == 0


@pytest.mark.parametrize(
    ("status", "code"),
    [
        pytest.param(200, "200", id="a status"),
        pytest.param(None, "none", id="no answer"),
        pytest.param(418, "418", id="a status that is not documented"),
    ],
)
def test_requests_are_counted_and_timed_by_their_status(status: int | None, code: str) -> None:
    counters = Counters()
    counters.count_request(status, 0.25)
    counters.count_request(status, 2.0)
    assert {code: count for code, count in counters.requests.items() if count} == {code: 2}
    assert counters.request_seconds.total == 2.25


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.PARTIAL, State.FAILED])
def test_a_finished_job_is_counted_and_timed_by_how_it_ended(state: State) -> None:
    counters = Counters()
    counters.count_finished(state, 90.0)
    assert counters.finished == {"succeeded": 0, "partial": 0, "failed": 0} | {state: 1}
    assert {one: histogram.total for one, histogram in counters.job_seconds.items()} == {
        "succeeded": 0,
        "partial": 0,
        "failed": 0,
    } | {state: 90.0}


@pytest.mark.parametrize(
    ("seconds", "timed"),
    [
        pytest.param(None, 0, id="not known"),
        pytest.param(0.0, 1, id="at once"),
    ],
)
def test_a_finished_job_counts_even_without_a_credible_duration(
    seconds: float | None, timed: int
) -> None:
    counters = Counters()
    counters.count_finished(State.SUCCEEDED, seconds)
    assert counters.finished["succeeded"] == 1
    assert list(counters.job_seconds[State.SUCCEEDED].cumulative())[-1] == (INFINITY, timed)


def test_an_end_in_the_state_unknown_is_not_counted() -> None:
    counters = Counters()
    counters.count_finished(State.UNKNOWN, 90.0)
    assert set(counters.finished.values()) == {0}


def test_a_field_that_cannot_be_read_is_counted_by_its_name() -> None:
    counters = Counters()
    counters.count_unreadable(("totalCount",))
    counters.count_unreadable(("totalCount", "type"))
    assert {field: count for field, count in counters.unreadable.items() if count} == {
        "totalCount": 2,
        "type": 1,
    }


def test_a_copy_is_not_changed_by_what_is_counted_later() -> None:
    counters = Counters()
    counters.count_finished(State.FAILED, 60.0)
    before = counters.copy()
    counters.count_request(200, 0.1)
    counters.count_finished(State.FAILED, 60.0)
    counters.count_unreadable(["type"])
    counters.errors["timeout"] += 1
    counters.deferred["budget"] += 1
    assert (before.requests["200"], before.errors["timeout"], before.deferred["budget"]) == (
        0,
        0,
        0,
    )
    assert (before.finished[State.FAILED], before.unreadable["type"]) == (1, 0)
    (*_, (_, requests)), (*_, (_, failed)) = (
        one.cumulative() for one in (before.request_seconds, before.job_seconds[State.FAILED])
    )
    assert (requests, failed, before.job_seconds[State.FAILED].total) == (0, 1, 60.0)
