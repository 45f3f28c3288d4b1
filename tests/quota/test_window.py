"""What is known of one window of an account's rate limit."""

import math

import pytest

from exporter.model.instant import Instant
from exporter.model.rate_limit import WindowState
from exporter.quota.window import Window, seconds_to_reset

UNIX = 1_785_672_000.0  # 2026-08-02T12:00:00Z: a full minute, and noon
LENGTH = 60.0
NOTHING = WindowState()


def at(seconds: float) -> Instant:
    return Instant(monotonic=5000.0 + seconds, unix=UNIX + seconds)


def make_window(configured: int | None = None) -> Window:
    return Window(LENGTH, 1000, configured)


def said(
    remaining: int | None, limit: int | None = 1000, reset: float | None = 60.0
) -> WindowState:
    return WindowState(limit, remaining, None if reset is None else UNIX + reset)


def answered(
    state: WindowState, started: float = 0.0, ended: float = 1.0, before: Window | None = None
) -> Window:
    return (before or make_window()).after(state, at(started), at(ended))


def left(window: Window, now: float = 2.0, reserve: float = 0.0, in_flight: int = 0) -> float:
    return window.above_reserve(reserve, in_flight, at(now).monotonic)


@pytest.mark.parametrize(
    ("configured", "limit", "known", "expected"),
    [
        pytest.param(None, None, False, 1000, id="nothing is known: a live account's"),
        pytest.param(None, 50, True, 50, id="said"),
        pytest.param(None, 1000, True, 1000, id="said, as documented"),
        pytest.param(None, 1001, True, 1000, id="said, above the documented one"),
        pytest.param(40, None, True, 40, id="configured"),
        pytest.param(40, 1000, True, 40, id="configured below what is said"),
        pytest.param(5000, 1000, True, 5000, id="configured above what is said"),
    ],
)
def test_the_limit_is_the_configured_one_or_the_apis_up_to_the_documented_one(
    configured: int | None, limit: int | None, known: bool, expected: int
) -> None:
    found = answered(WindowState(limit), before=make_window(configured))
    assert (found.known, found.limit) == (known, expected)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(NOTHING, said(900), id="nothing said"),
        pytest.param(WindowState(limit=50), said(900, 50), id="the limit alone"),
        pytest.param(WindowState(remaining=800), said(800), id="the remaining alone"),
        pytest.param(WindowState(reset=UNIX + 30), said(900, reset=30.0), id="the reset alone"),
        pytest.param(said(7, 10, 20.0), said(7, 10, 20.0), id="all"),
    ],
)
def test_a_value_that_an_answer_leaves_out_stays_as_it_was_last_said(
    state: WindowState, expected: WindowState
) -> None:
    before = answered(said(900), 0.0, 1.0)
    assert answered(state, 2.0, 3.0, before).said == expected


@pytest.mark.parametrize(
    ("started", "ended", "remaining", "expected"),
    [
        pytest.param(0.0, 3.0, 950, 900, id="under way when the last came, higher"),
        pytest.param(0.0, 3.0, 850, 850, id="under way when the last came, lower"),
        pytest.param(1.0, 3.0, 950, 900, id="sent as the last came, higher"),
        pytest.param(1.5, 3.0, 950, 950, id="sent after the last came, higher"),
        pytest.param(1.5, 3.0, 850, 850, id="sent after the last came, lower"),
        pytest.param(0.0, 60.0, 950, 950, id="under way when the last came, in a new window"),
        pytest.param(0.0, 59.9, 950, 900, id="under way when the last came, before the reset"),
    ],
)
def test_when_answers_come_out_of_order_the_lower_remaining_counts_until_the_reset(
    started: float, ended: float, remaining: int, expected: int
) -> None:
    later = answered(said(remaining, reset=120.0), started, ended, answered(said(900)))
    assert (left(later, ended), later.said.remaining) == (expected, expected)


def test_a_third_answer_out_of_order_does_not_raise_what_two_have_lowered() -> None:
    second = answered(said(950), 0.0, 2.0, answered(said(900), 0.0, 1.0))
    assert left(answered(said(940), 1.5, 3.0, second), 3.0) == 900


@pytest.mark.parametrize(
    ("remaining", "limit", "reserve", "expected"),
    [
        pytest.param(1000, 1000, 0.1, 900, id="full"),
        pytest.param(101, 1000, 0.1, 1, id="one over the reserve"),
        pytest.param(100, 1000, 0.1, 0, id="at the reserve"),
        pytest.param(99, 1000, 0.1, -1, id="below the reserve"),
        pytest.param(0, 1000, 0.1, -100, id="nothing left"),
        pytest.param(1, 1000, 0.0, 1, id="no reserve, the last one"),
        pytest.param(0, 1000, 0.0, 0, id="no reserve, nothing left"),
        pytest.param(2, 15, 0.1, 1, id="half a request over the reserve"),
        pytest.param(1, 15, 0.1, 0, id="half a request under the reserve"),
        pytest.param(29, 100, 0.29, 0, id="at a share that floats round down"),
        pytest.param(7, 100, 0.07, 0, id="at a share that floats round up"),
        pytest.param(101, None, 0.1, 1, id="the limit is not said: that of a live account"),
        pytest.param(
            600, 5000, 0.1, 100, id="of the said limit, though that is above the documented one"
        ),
    ],
)
def test_requests_over_the_reserve_may_be_sent(
    remaining: int, limit: int | None, reserve: float, expected: int
) -> None:
    assert left(answered(said(remaining, limit)), reserve=reserve) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [pytest.param(1000, 400, id="said"), pytest.param(None, 480, id="not said")],
)
def test_the_reserve_is_a_share_of_the_apis_limit_or_else_of_the_configured_one(
    limit: int | None, expected: int
) -> None:
    assert left(answered(said(500, limit), before=make_window(200)), reserve=0.1) == expected


def test_requests_in_flight_are_subtracted() -> None:
    assert left(answered(said(101)), reserve=0.1, in_flight=3) == -2


def test_requests_that_ended_without_a_remaining_are_subtracted() -> None:
    found = answered(said(500))
    for seconds in range(2, 5):
        found = answered(WindowState(limit=1000, reset=UNIX + 60), seconds, seconds + 1, found)
    assert left(found, 6.0) == 497


def test_the_next_answer_with_a_remaining_counts_those_requests() -> None:
    found = answered(NOTHING, 2.0, 3.0, answered(said(500)))
    assert left(answered(said(498), 4.0, 5.0, found), 6.0) == 498


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(59.9, 0, id="before the reset"),
        pytest.param(60.0, 900, id="at the reset"),
        pytest.param(10**6, 900, id="long after it"),
    ],
)
def test_after_the_reset_the_window_is_presumed_full(now: float, expected: float) -> None:
    assert left(answered(said(100)), now, reserve=0.1) == expected


def test_before_the_first_answer_the_window_has_no_bound() -> None:
    assert left(make_window(), in_flight=3) == math.inf


def test_an_answer_in_a_new_window_counts_until_the_next_reset() -> None:
    found = answered(said(10, reset=120.0), 61.0, 62.0, answered(said(100)))
    assert (left(found, 119.9), left(found, 120.0)) == (10, 1000)


def test_a_jump_of_the_wall_clock_ends_no_window() -> None:
    found = answered(said(0))
    jumped = Instant(monotonic=at(2.0).monotonic, unix=UNIX + 10**6)
    later = found.after(NOTHING, jumped, jumped)
    assert (later.above_reserve(0.0, 0, jumped.monotonic), left(later, 60.0)) == (-1, 1000)


def test_an_older_answer_does_not_hide_a_request_that_said_nothing() -> None:
    unanswered = answered(said(500)).after(NOTHING, at(5.0), at(10.0))
    older = unanswered.after(said(499), at(5.0), at(11.0))
    newer = older.after(said(498), at(11.0), at(12.0))
    assert (left(unanswered, 10.0), left(older, 11.0), left(newer, 12.0)) == (499, 498, 498)


def test_a_window_that_a_429_closed_allows_nothing_until_it_opens() -> None:
    found = answered(said(900)).closed(at(30.0).monotonic)
    assert [left(found, now) for now in (29.9, 30.0)] == [0, 900]


def test_a_later_429_does_not_shorten_an_earlier_one() -> None:
    found = make_window().closed(at(30.0).monotonic).closed(at(20.0).monotonic)
    assert [left(found, now) for now in (29.9, 30.0)] == [0, math.inf]


@pytest.mark.parametrize(
    ("reset", "seconds", "length", "expected"),
    [
        pytest.param(60.0, 10.0, 60.0, 50.0, id="this minute's end"),
        pytest.param(70.0, 10.0, 60.0, 60.0, id="as far as a minute is long"),
        pytest.param(10.5, 10.0, 60.0, 0.5, id="soon"),
        pytest.param(75.0, 10.0, 60.0, 60.0, id="a little further, since clocks differ"),
        pytest.param(3670.0, 10.0, 60.0, 60.0, id="an hour further, since clocks differ"),
        pytest.param(3670.1, 10.0, 60.0, 50.0, id="too far: the next minute"),
        pytest.param(9.0, 10.0, 60.0, 50.0, id="just over: the next minute"),
        pytest.param(-3600.0, 10.0, 60.0, 50.0, id="long over: the next minute"),
        pytest.param(None, 10.0, 60.0, 50.0, id="not said: the next minute"),
        pytest.param(None, 0.0, 60.0, 60.0, id="not said, a minute begins: the next"),
        pytest.param(3600.0, 10.0, 86_400.0, 3590.0, id="a day's end that is not midnight"),
        pytest.param(86_410.0, 10.0, 86_400.0, 86_400.0, id="as far as a day is long"),
        pytest.param(90_010.0, 10.0, 86_400.0, 86_400.0, id="an hour further than a day is long"),
        pytest.param(90_010.1, 10.0, 86_400.0, 43_190.0, id="too far: the next midnight of UTC"),
        pytest.param(10.0, 10.0, 86_400.0, 300.0, id="now: five minutes"),
        pytest.param(-3590.0, 10.0, 86_400.0, 300.0, id="over for an hour: five minutes"),
        pytest.param(-3590.1, 10.0, 86_400.0, 43_190.0, id="long over: the next midnight of UTC"),
        pytest.param(43_100.0, 43_110.0, 86_400.0, 90.0, id="just over: the midnight before that"),
        pytest.param(None, 10.0, 86_400.0, 43_190.0, id="not said: the next midnight of UTC"),
        pytest.param(None, 43_200.0, 86_400.0, 86_400.0, id="not said at midnight: the next"),
    ],
)
def test_a_reset_that_cannot_be_meant_is_the_next_minute_or_midnight(
    reset: float | None, seconds: float, length: float, expected: float
) -> None:
    said_at = None if reset is None else UNIX + reset
    assert seconds_to_reset(said_at, UNIX + seconds, length) == pytest.approx(expected)


def test_an_old_answer_that_comes_after_midnight_closes_the_new_day_for_minutes_only() -> None:
    day = Window(86_400.0, 180_000, None)
    midnight = UNIX + 43_200.0
    found = day.after(WindowState(180_000, 0, midnight), at(43_199.0), at(43_201.0))
    assert [left(found, now) for now in (43_500.9, 43_501.0)] == [0, 180_000]
