"""How long a budget asks nothing after a 429."""

import pytest

from exporter.api.rate_limit_headers import parse_headers
from exporter.config.sections import Quota
from exporter.model.rate_limit import UNSAID, RateLimit, WindowState
from exporter.quota.budget import make_budget
from tests.quota.budget_steps import UNIX, answer, ask, at, budgets, known, refuse, says

TO_MIDNIGHT = 43_190.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, 60.0, id="no headers: a minute"),
        pytest.param({"Retry-After": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "0"}, 1.0, id="no seconds: one"),
        pytest.param({"Retry-After": "3600"}, 3_600.0, id="an hour"),
        pytest.param({"Retry-After": "86400"}, 3_600.0, id="a day: an hour"),
        pytest.param({"Retry-After": "never"}, 60.0, id="absurd: a minute"),
        pytest.param({"Retry-After": "Sun, 02 Aug 2026 12:00:20 GMT"}, 10.0, id="a date"),
        pytest.param({"Retry-After": "Sun, 02 Aug 2026 11:00:00 GMT"}, 60.0, id="past: a minute"),
        pytest.param({"Retry-After": "Sun, 02 Aug 2027 12:00:00 GMT"}, 3_600.0, id="far: an hour"),
        pytest.param(
            {"X-Rate-Limit-Remaining-Minute": "0", "Retry-After": "7"},
            50.0,
            id="the minute ran out",
        ),
        pytest.param(
            {"X-Rate-Limit-Remaining-Minute": "0", "Retry-After": "90"},
            90.0,
            id="the minute ran out, and Retry-After is later",
        ),
        pytest.param(
            {"X-Rate-Limit-Remaining-Minute": "0", "X-Rate-Limit-Reset-Minute": f"{UNIX + 9:.0f}"},
            9.0,
            id="the minute ran out, with its reset",
        ),
        pytest.param(
            {"X-Rate-Limit-Remaining-Day": "0", "Retry-After": "7"},
            TO_MIDNIGHT,
            id="the day ran out",
        ),
        pytest.param(
            {"X-Rate-Limit-Remaining-Day": "0", "X-Rate-Limit-Remaining-Minute": "0"},
            TO_MIDNIGHT,
            id="both ran out: the later reset",
        ),
        pytest.param(
            {"X-Rate-Limit-Remaining-Minute": "1", "X-Rate-Limit-Reset-Minute": f"{UNIX + 9:.0f}"},
            60.0,
            id="nothing ran out: a minute, and not the reset",
        ),
    ],
)
def test_after_a_429_nothing_is_asked_for_as_long_as_its_headers_say(
    headers: dict[str, str], seconds: float
) -> None:
    budget = refuse(make_budget(Quota(reserve=0.0)), parse_headers(headers))
    assert [budget.allowance(at(when)) for when in (0.0, seconds - 0.1, seconds)] == [0, 0, 1]
    assert budget.is_spent(at(0))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(RateLimit(WindowState(remaining=0)), (0, 1873), id="the minute ran out"),
        pytest.param(RateLimit(day=WindowState(remaining=0)), (248, 0), id="the day ran out"),
        pytest.param(RateLimit(retry_after=60.0), (0, 1873), id="a minute's wait"),
        pytest.param(RateLimit(retry_after=61.0), (248, 0), id="a longer wait"),
    ],
)
def test_a_429_closes_the_window_that_ran_out(said: RateLimit, expected: tuple[int, int]) -> None:
    assert budgets(refuse(known(), said)) == expected


def test_after_a_429_a_good_answer_that_came_before_it_vouches_for_nothing() -> None:
    assert refuse(known(), RateLimit(retry_after=1.0)).allowance(at(1)) == 1


def test_a_429_that_comes_later_does_not_shorten_the_wait() -> None:
    budget = refuse(refuse(known(), RateLimit(retry_after=50.0), 1.0), RateLimit(retry_after=5), 2)
    assert [budget.allowance(at(seconds)) for seconds in (50.9, 51.0)] == [0, 1]


def test_an_answer_that_comes_after_a_429_does_not_end_the_wait() -> None:
    budget = answer(refuse(known(), UNSAID, 1.0), says(), 2.0)
    assert [budget.allowance(at(seconds)) for seconds in (2.0, 60.9, 61.0)] == [0, 0, 1]


def test_a_retry_after_that_does_not_help_grows_to_a_minute() -> None:
    budget, waits, now = known(), list[float](), 0.0
    for _ in range(8):
        budget = refuse(budget, RateLimit(retry_after=3.0), now)
        waits.append(next(wait for wait in range(100) if not budget.is_spent(at(now + wait))))
        now += waits[-1]
    assert waits == [3, 3, 4, 8, 16, 32, 60, 60]


def test_after_a_good_answer_a_retry_after_counts_as_it_stands() -> None:
    budget = known()
    for now in range(0, 600, 60):
        budget = refuse(budget, RateLimit(retry_after=1.0), now)
    budget = refuse(answer(budget, UNSAID, 600.0), RateLimit(retry_after=1.0), 601.0)
    assert [budget.is_spent(at(seconds)) for seconds in (601.9, 602.0)] == [True, False]


@pytest.mark.parametrize(
    ("good", "expected"),
    [
        pytest.param(True, 249, id="good: the share"),
        pytest.param(False, 1, id="bad: one at a time again"),
    ],
)
def test_after_a_429_one_at_a_time_is_asked_until_a_good_answer_comes(
    good: bool, expected: int
) -> None:
    trying = ask(refuse(known()), 60.0)
    assert trying.allowance(at(60.0)) == 0
    ended = trying.ended(UNSAID, at(60.0), at(61.0), good=good)
    assert ended.allowance(at(61.0)) == expected


def test_429s_may_go_on_for_days() -> None:
    budget = known()
    for minute in range(2000):
        budget = refuse(budget, RateLimit(retry_after=30.0), minute * 60.0)
    assert budgets(budget, 2000 * 60.0 - 1.0)[0] == 0
    assert budgets(budget, 2000 * 60.0)[0] > 0


def test_requests_that_meet_a_429_together_count_as_one_429() -> None:
    budget, said = known(), RateLimit(retry_after=1.0)
    for _ in range(8):
        budget = ask(budget)
    for _ in range(8):
        budget = budget.ended(said, at(0), at(0.1), good=False).after_429(said, at(0), at(0.1))
    assert budgets(budget, 1.2)[0] > 0
