"""What stops reads for more than a short while: a window, the share, the key, the API."""

import pytest

from exporter.config.sections import Quota
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.quota.block import Block, Cause, Stop, block
from exporter.quota.budget import make_budget
from exporter.quota.permits import Permits
from tests.support.account import DOWN, LATE, REFUSED
from tests.support.readers import RUNNING

NOON = 1_700_049_600.0
"""Unix seconds: a midday of UTC."""


def at(seconds: float) -> Instant:
    return Instant(seconds, NOON + seconds)


def said(remaining: int, limit: int = 180_000) -> RateLimit:
    """Return what an answer says when so many requests of the day are left, until midnight."""
    reset = NOON + 43_200
    return RateLimit(WindowState(1_000, 999, NOON + 60), WindowState(limit, remaining, reset))


def permits(quota: Quota | None = None) -> Permits:
    return Permits(make_budget(quota or Quota()), lambda: 0.0)


def attempt(of: Permits, result: Answer | Failure, seconds: float = 0.0) -> None:
    now = at(seconds)
    of.start(now, watched=True, new=False)
    one = Attempt(1, now, now, now, result)
    of.count(one, here=True)
    of.advance(one, result if isinstance(result, Failure) else None)


def answer(remaining: int, limit: int = 180_000) -> Answer:
    return Answer(200, RUNNING, said(remaining, limit))


def test_nothing_stops_reads_at_first_nor_after_a_good_answer() -> None:
    of = permits()
    assert of.stops(at(0)) == []
    attempt(of, answer(100_000))
    assert of.stops(at(1)) == []


def test_the_reserve_stops_reads_until_the_window_resets() -> None:
    of = permits()
    attempt(of, answer(18_000))
    assert of.stops(at(1)) == [Stop(Cause.RESERVE, 43_200)]
    assert of.stops(at(43_200)) == []


def test_one_request_above_the_reserve_stops_nothing() -> None:
    of = permits()
    attempt(of, answer(18_001))
    assert of.stops(at(1)) == []


def test_a_request_under_way_is_not_the_reserve() -> None:
    of = permits()
    attempt(of, answer(18_001))
    of.start(at(1), watched=True, new=False)
    assert of.stops(at(1)) == []


SPENT = RateLimited("the account's requests are spent (429)", 429, said=said(0))


def test_a_429_stops_reads_until_its_window_resets() -> None:
    of = permits()
    attempt(of, SPENT)
    found = block(None, of.stops(at(1)), at(1))
    assert found == Block(Cause.RATE_LIMITED, at(1).unix, at(43_200).unix)


def test_a_429_goes_on_after_its_window_until_another_request_has_met_none() -> None:
    of = permits()
    attempt(of, SPENT)
    assert of.stops(at(43_201)) == [Stop(Cause.RATE_LIMITED, 43_201)]
    attempt(of, answer(100_000), 43_202)
    assert of.stops(at(43_203)) == []


def test_an_answer_to_another_key_does_not_end_it() -> None:
    of = permits()
    attempt(of, SPENT)
    now = at(43_202)
    of.start(now, watched=True, new=False)
    of.count(Attempt(1, now, now, now, answer(100_000)), here=False)
    assert [stop.cause for stop in of.stops(at(43_203))] == [Cause.RATE_LIMITED]


def test_another_address_or_key_ends_it() -> None:
    for change in (lambda of: of.at_another_address(), lambda of: of.with_another_key(at(1))):
        of = permits()
        attempt(of, SPENT)
        change(of)
        assert of.stops(at(2)) == []


@pytest.mark.parametrize("error", [DOWN, LATE], ids=lambda error: error.reason)
def test_a_request_that_meets_no_429_ends_it_whatever_it_meets(error: Failure) -> None:
    of = permits()
    attempt(of, SPENT)
    attempt(of, error, 43_202)
    assert of.stops(at(43_203)) == []


@pytest.mark.parametrize(
    ("error", "failures", "stop"),
    [(REFUSED, 1, Stop(Cause.KEY, 30)), (DOWN, 5, Stop(Cause.UNREACHABLE, 5))],
    ids=["a refused key", "an API that is down"],
)
def test_a_breaker_stops_reads_until_one_tries_the_api(
    error: Failure, failures: int, stop: Stop
) -> None:
    of = permits()
    for _ in range(failures):
        assert of.stops(at(0)) == []
        attempt(of, error)
    assert of.stops(at(1)) == [stop]


def test_a_share_stops_reads_while_the_next_one_is_over_five_minutes_away() -> None:
    of = permits(Quota(per_minute=10, per_day=500))
    for _ in range(5):
        attempt(of, answer(400, 500))
    (stop,) = of.stops(at(0))
    assert stop.cause is Cause.SHARE
    assert [one.cause for one in of.stops(at(stop.until - 301))] == [Cause.SHARE]
    assert of.stops(at(stop.until - 299)) == []


def test_a_share_that_allows_a_read_each_few_minutes_only_paces() -> None:
    of = permits(Quota(per_minute=50, per_day=5_000))
    for _ in range(52):
        attempt(of, answer(4_000, 5_000))
    assert of.stops(at(0)) == []
