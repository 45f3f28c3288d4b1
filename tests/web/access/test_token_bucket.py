"""The token bucket of the rate limit."""

import pytest

from exporter.web.access.token_bucket import TokenBucket
from exporter.web.access.web_config import RequestLimit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_without_an_interval_there_is_no_limit(clock: Clock) -> None:
    bucket = TokenBucket(RequestLimit(), clock)
    assert all(bucket.take() for _ in range(1000))


def test_a_burst_is_let_through_and_then_one_request_an_interval(clock: Clock) -> None:
    bucket = TokenBucket(RequestLimit(interval="2s", burst=3), clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 1.9
    assert not bucket.take()
    clock.now += 0.2
    assert [bucket.take(), bucket.take()] == [True, False]


def test_no_more_than_a_burst_is_saved_up(clock: Clock) -> None:
    bucket = TokenBucket(RequestLimit(interval="1s", burst=2), clock)
    clock.now += 3600
    assert [bucket.take() for _ in range(3)] == [True, True, False]
