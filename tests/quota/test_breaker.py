"""When a breaker opens, how long it holds, and what closes it."""

import pytest

from exporter.model.failures import (
    ClientError,
    ConnectionFailed,
    Failure,
    InvalidResponse,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    TlsFailed,
    Unauthorized,
)
from exporter.quota.breaker import CLOSED, IN_A_ROW, Breaker

REFUSED = Unauthorized("the API refused the key (401)", 401)
DOWN = ServerError("the API failed (503)", 503)
GONE = NotFound("the API knows no such job (404)", 404)


def opened(error: Failure, rounds: int, jitter: float = 0.0) -> tuple[Breaker, list[float]]:
    """Return the breaker after `rounds` back-offs in a row, and the seconds of each.

    Each try comes as soon as the breaker allows it, and fails at once.
    """
    breaker, now, waits = CLOSED, 0.0, []
    while len(waits) < rounds:
        now = max(now, breaker.until)
        breaker = breaker.after(error, now, now, jitter)
        if breaker.open:
            waits.append(breaker.until - now)
    return breaker, waits


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeout("late"),
        ConnectionFailed("refused"),
        TlsFailed("no trust"),
        DOWN,
        ClientError("a proxy's", 407),
        InvalidResponse("a page", 200),
    ],
    ids=lambda error: error.reason,
)
def test_five_failures_in_a_row_to_reach_the_api_open_the_breaker(error: Failure) -> None:
    breaker = CLOSED
    for _ in range(IN_A_ROW - 1):
        breaker = breaker.after(error, 0.0, 0.0, 0.0)
        assert not breaker.open
    assert breaker.after(error, 0.0, 0.0, 0.0).open


@pytest.mark.parametrize("error", [REFUSED, Unauthorized("no key", requests=0)], ids=str)
def test_a_refused_key_opens_the_breaker_at_once(error: Failure) -> None:
    assert CLOSED.after(error, 0.0, 0.0, 0.0).open


def test_two_malformed_requests_in_a_row_mean_a_key_in_the_wrong_format() -> None:
    malformed = ClientError("malformed", 400)
    once = CLOSED.after(malformed, 0.0, 0.0, 0.0)
    assert not once.open
    assert once.after(malformed, 0.0, 0.0, 0.0).until == 30
    assert not CLOSED.after(DOWN, 0.0, 0.0, 0.0).after(malformed, 0.0, 0.0, 0.0).open


def test_a_key_is_tried_again_after_30_s_doubling_to_15_min() -> None:
    _, waits = opened(REFUSED, 7)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


def test_an_api_that_is_down_is_tried_again_after_5_s_doubling_to_60_s() -> None:
    _, waits = opened(DOWN, 6)
    assert waits == [5, 10, 20, 40, 60, 60]


@pytest.mark.parametrize("error", [REFUSED, DOWN], ids=str)
def test_jitter_lengthens_a_back_off_by_a_tenth_and_never_beyond_the_longest(
    error: Failure,
) -> None:
    _, exact = opened(error, 7)
    _, longer = opened(error, 7, jitter=1.0)
    assert longer == pytest.approx([min(wait * 1.1, exact[-1]) for wait in exact])


@pytest.mark.parametrize(
    "answer",
    [None, GONE, RateLimited("spent", 429), InvalidResponse("odd", 200, from_api=True)],
    ids=repr,
)
@pytest.mark.parametrize("error", [REFUSED, DOWN], ids=str)
def test_any_answer_of_the_api_closes_the_breaker(error: Failure, answer: Failure | None) -> None:
    breaker, _ = opened(error, 3)
    assert breaker.after(answer, breaker.until, breaker.until, 0.0) == CLOSED


def test_an_answer_in_between_starts_the_count_anew() -> None:
    breaker = CLOSED
    for error in [DOWN, DOWN, DOWN, DOWN, None, DOWN, DOWN, DOWN, DOWN, GONE, DOWN]:
        breaker = breaker.after(error, 0.0, 0.0, 0.0)
    assert (breaker.open, breaker.failures) == (False, 1)


def test_a_breaker_holds_until_its_back_off_is_over() -> None:
    breaker, _ = opened(REFUSED, 1)
    assert breaker.holds(29.9)
    assert not breaker.holds(30.0)


def test_a_read_that_was_under_way_when_the_breaker_opened_lengthens_no_back_off() -> None:
    breaker, _ = opened(REFUSED, 1)
    assert breaker.after(REFUSED, 0.0, 10.0, 0.0) == breaker


def test_a_key_that_is_refused_after_an_outage_begins_with_its_own_first_back_off() -> None:
    breaker, _ = opened(DOWN, 5)
    now = breaker.until
    assert breaker.after(REFUSED, now, now, 0.0).until - now == 30


@pytest.mark.parametrize(
    ("error", "rounds", "confirmed"),
    [
        pytest.param(DOWN, 1, False, id="five failures may be five bad jobs"),
        pytest.param(DOWN, 2, True, id="a try that failed too"),
        pytest.param(REFUSED, 1, True, id="a refused key"),
    ],
)
def test_an_outage_is_certain_once_a_try_failed_too(
    error: Failure, rounds: int, confirmed: bool
) -> None:
    assert opened(error, rounds)[0].confirmed is confirmed


def test_a_breaker_knows_when_the_first_failure_in_a_row_was() -> None:
    breaker = CLOSED
    for second in range(10, 17):
        breaker = breaker.after(DOWN, second, second, 0.0)
    assert breaker.since == 10


def test_another_key_ends_a_refusal_of_the_old_one() -> None:
    breaker, _ = opened(REFUSED, 4)
    after = breaker.with_another_key(50.0)
    assert (after.open, after.holds(50.0)) == (False, False)


def test_a_read_with_the_old_key_says_nothing_of_the_new_one() -> None:
    breaker, _ = opened(REFUSED, 1)
    after = breaker.with_another_key(50.0)
    assert not after.after(REFUSED, 49.0, 51.0, 0.0).open
    assert after.after(REFUSED, 50.0, 51.0, 0.0).open


def test_another_key_changes_nothing_for_an_api_that_is_down() -> None:
    breaker, _ = opened(DOWN, 3)
    assert breaker.with_another_key(breaker.until - 1) == breaker


def test_another_key_keeps_the_count_of_failures_to_reach_the_api() -> None:
    breaker = CLOSED
    for _ in range(IN_A_ROW - 1):
        breaker = breaker.after(DOWN, 0.0, 0.0, 0.0)
    assert breaker.with_another_key(1.0).after(DOWN, 1.0, 1.0, 0.0).open


def test_a_400_to_the_old_key_does_not_count_against_the_new_one() -> None:
    malformed = ClientError("the API refused the request (400)", 400)
    breaker = CLOSED.after(malformed, 0.0, 0.0, 0.0).with_another_key(1.0)
    assert not breaker.after(malformed, 1.0, 1.0, 0.0).open


def test_an_api_that_asks_to_be_left_alone_is_not_tried_before_its_time() -> None:
    waiting_until = CLOSED.after(DOWN, 0.0, 1.0, 0.0).waiting_until(1_201.0)
    assert waiting_until.open
    assert [waiting_until.holds(now) for now in (1_200.9, 1_201.0)] == [True, False]
    assert waiting_until.after(None, 1_201.0, 1_202.0, 0.0) == CLOSED


def test_a_read_under_way_when_the_api_asked_to_be_left_alone_ends_no_wait() -> None:
    waiting_until = CLOSED.waiting_until(1_201.0)
    assert waiting_until.after(None, 0.5, 2.0, 0.0) == waiting_until
    assert waiting_until.after(DOWN, 0.5, 2.0, 0.0) == waiting_until
    assert waiting_until.waiting_until(600.0) == waiting_until


def test_another_key_does_not_end_a_wait_that_the_api_asked_for() -> None:
    waiting_until = CLOSED.waiting_until(1_201.0)
    assert waiting_until.with_another_key(2.0) == waiting_until
