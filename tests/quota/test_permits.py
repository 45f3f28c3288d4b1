"""What stops an account's reads for longer than pacing does."""

import pytest

from exporter.config.sections import Quota
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.quota.block import Block, Cause, Stop, block
from exporter.quota.budget import make_budget
from exporter.quota.permits import Permits
from tests.support.readers import DOWN, RUNNING
from tests.support.virtual_account import LATE, REFUSED

NOON = 1_700_049_600.0
"""Unix seconds: a noon, UTC."""


def at(seconds: float) -> Instant:
    return Instant(seconds, NOON + seconds)


def said(remaining: int, limit: int = 180_000) -> RateLimit:
    """Return what headers say when `remaining` requests of the day are left, until midnight."""
    reset = NOON + 43_200
    return RateLimit(WindowState(1_000, 999, NOON + 60), WindowState(limit, remaining, reset))


def make_permits(quota: Quota | None = None) -> Permits:
    return Permits(make_budget(quota or Quota()), lambda: 0.0)


def attempt(permits: Permits, result: Answer | Failure, seconds: float = 0.0) -> None:
    now = at(seconds)
    permits.start(now, watched=True, new=False)
    one = Attempt(1, now, now, now, result)
    permits.count(one, same_key=True)
    permits.advance(one, result if isinstance(result, Failure) else None)


def answer(remaining: int, limit: int = 180_000) -> Answer:
    return Answer(200, RUNNING, said(remaining, limit))


def test_nothing_stops_reads_at_first_nor_after_a_good_answer() -> None:
    permits = make_permits()
    assert permits.stops(at(0)) == []
    attempt(permits, answer(100_000))
    assert permits.stops(at(1)) == []


def test_the_reserve_stops_reads_until_the_window_resets() -> None:
    permits = make_permits()
    attempt(permits, answer(18_000))
    assert permits.stops(at(1)) == [Stop(Cause.RESERVE, 43_200)]
    assert permits.stops(at(43_200)) == []


def test_one_request_above_the_reserve_stops_nothing() -> None:
    permits = make_permits()
    attempt(permits, answer(18_001))
    assert permits.stops(at(1)) == []


def test_a_request_under_way_does_not_reach_the_reserve() -> None:
    permits = make_permits()
    attempt(permits, answer(18_001))
    permits.start(at(1), watched=True, new=False)
    assert permits.stops(at(1)) == []


SPENT = RateLimited("the account has used up its API requests (429)", 429, said=said(0))


def test_a_429_stops_reads_until_its_window_resets() -> None:
    permits = make_permits()
    attempt(permits, SPENT)
    found = block(None, permits.stops(at(1)), at(1))
    assert found == Block(Cause.RATE_LIMITED, at(1).unix, at(43_200).unix)


def test_a_429_stops_reads_after_its_window_too_until_a_request_meets_none() -> None:
    permits = make_permits()
    attempt(permits, SPENT)
    assert permits.stops(at(43_201)) == [Stop(Cause.RATE_LIMITED, 43_201)]
    attempt(permits, answer(100_000), 43_202)
    assert permits.stops(at(43_203)) == []


def test_an_answer_to_another_key_does_not_end_a_429() -> None:
    permits = make_permits()
    attempt(permits, SPENT)
    now = at(43_202)
    permits.start(now, watched=True, new=False)
    permits.count(Attempt(1, now, now, now, answer(100_000)), same_key=False)
    assert [stop.cause for stop in permits.stops(at(43_203))] == [Cause.RATE_LIMITED]


def test_another_address_or_key_ends_a_429() -> None:
    for change in (
        lambda permits: permits.at_another_address(),
        lambda permits: permits.with_another_key(at(1)),
    ):
        permits = make_permits()
        attempt(permits, SPENT)
        change(permits)
        assert permits.stops(at(2)) == []


@pytest.mark.parametrize("error", [DOWN, LATE], ids=lambda error: error.reason)
def test_a_request_that_fails_otherwise_ends_a_429(error: Failure) -> None:
    permits = make_permits()
    attempt(permits, SPENT)
    attempt(permits, error, 43_202)
    assert permits.stops(at(43_203)) == []


@pytest.mark.parametrize(
    ("error", "failures", "stop"),
    [(REFUSED, 1, Stop(Cause.KEY, 30)), (DOWN, 5, Stop(Cause.UNREACHABLE, 5))],
    ids=["a refused key", "an API that is down"],
)
def test_a_breaker_stops_reads_until_one_tries_the_api(
    error: Failure, failures: int, stop: Stop
) -> None:
    permits = make_permits()
    for _ in range(failures):
        assert permits.stops(at(0)) == []
        attempt(permits, error)
    assert permits.stops(at(1)) == [stop]


def test_a_share_stops_reads_while_the_next_one_is_over_five_minutes_away() -> None:
    permits = make_permits(Quota(per_minute=10, per_day=500))
    for _ in range(5):
        attempt(permits, answer(400, 500))
    (stop,) = permits.stops(at(0))
    assert stop.cause is Cause.SHARE
    assert [one.cause for one in permits.stops(at(stop.until - 301))] == [Cause.SHARE]
    assert permits.stops(at(stop.until - 299)) == []


def test_a_share_that_allows_a_read_each_few_minutes_only_paces() -> None:
    permits = make_permits(Quota(per_minute=50, per_day=5_000))
    for _ in range(52):
        attempt(permits, answer(4_000, 5_000))
    assert permits.stops(at(0)) == []


def test_a_read_costs_as_many_requests_as_it_sent() -> None:
    once, twice = make_permits(), make_permits()
    attempt(once, Answer(200, RUNNING, said(100_000)))
    attempt(twice, Answer(200, RUNNING, said(100_000), requests=2))
    for window in ("minute", "day"):
        before, after = (one.budget.windows(at(1))[window].budget for one in (once, twice))
        assert before - after == 1
