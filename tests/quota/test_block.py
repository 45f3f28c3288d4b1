"""The block that stops an account's reads: its cause, its beginning and its end."""

import pytest

from exporter.model.instant import Instant
from exporter.quota.block import AGAIN, Block, Cause, Stop, block

NOW = Instant(1_000.0, 1_700_000_000.0)


def at(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


def test_without_a_stop_there_is_no_block() -> None:
    assert block(Block(Cause.KEY, NOW.unix, None), [], NOW) is None


def test_a_block_begins_when_it_is_found_and_ends_when_its_stop_does() -> None:
    made = block(None, [Stop(Cause.RESERVE, NOW.monotonic + 60)], NOW)
    assert made == Block(Cause.RESERVE, NOW.unix, NOW.unix + 60)


def test_a_block_keeps_its_beginning_while_its_cause_stays() -> None:
    before = block(None, [Stop(Cause.KEY, NOW.monotonic + 30)], NOW)
    after = block(before, [Stop(Cause.KEY, NOW.monotonic + 90)], at(30))
    assert after == Block(Cause.KEY, NOW.unix, NOW.unix + 90)


@pytest.mark.parametrize(("seconds", "began"), [(AGAIN - 1, 0.0), (AGAIN, AGAIN)])
def test_a_cause_that_returns_soon_continues_the_block_and_later_begins_another(
    seconds: float, began: float
) -> None:
    before = Block(Cause.RESERVE, NOW.unix, NOW.unix)
    now = at(seconds)
    after = block(before, [Stop(Cause.RESERVE, now.monotonic + 60)], now)
    assert after == Block(Cause.RESERVE, NOW.unix + began, now.unix + 60)


@pytest.mark.parametrize("cause", [Cause.KEY, Cause.UNREACHABLE, Cause.RATE_LIMITED])
def test_what_an_answer_said_goes_on_however_long_nobody_asks(cause: Cause) -> None:
    before = Block(cause, NOW.unix, NOW.unix + 30)
    now = at(36_000)
    after = block(before, [Stop(cause, now.monotonic + 60)], now)
    assert after == Block(cause, NOW.unix, now.unix + 60)


def test_another_cause_is_another_block() -> None:
    before = Block(Cause.KEY, NOW.unix, None)
    after = block(before, [Stop(Cause.UNREACHABLE, NOW.monotonic + 90)], at(30))
    assert after == Block(Cause.UNREACHABLE, NOW.unix + 30, NOW.unix + 90)


@pytest.mark.parametrize("cause", [Cause.KEY, Cause.UNREACHABLE])
def test_trouble_of_the_api_comes_before_a_quota_that_lasts_longer(cause: Cause) -> None:
    stops = [Stop(cause, NOW.monotonic + 30), Stop(Cause.RESERVE, NOW.monotonic + 3_600)]
    assert block(None, stops, NOW) == Block(cause, NOW.unix, NOW.unix + 3_600)


def test_the_stop_that_lasts_longest_is_the_cause() -> None:
    stops = [Stop(Cause.RATE_LIMITED, NOW.monotonic + 30), Stop(Cause.RESERVE, NOW.monotonic + 90)]
    assert block(None, stops, NOW) == Block(Cause.RESERVE, NOW.unix, NOW.unix + 90)


def test_a_spent_share_comes_last() -> None:
    stops = [Stop(Cause.SHARE, NOW.monotonic + 600), Stop(Cause.RATE_LIMITED, NOW.monotonic)]
    assert block(None, stops, NOW) == Block(Cause.RATE_LIMITED, NOW.unix, NOW.unix + 600)


def test_a_block_has_no_known_end_while_a_read_may_be_made() -> None:
    stops = [Stop(Cause.UNREACHABLE, NOW.monotonic)]
    assert block(None, stops, NOW) == Block(Cause.UNREACHABLE, NOW.unix, None)
