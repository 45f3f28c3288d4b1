"""How many requests a budget allows, and for how long they last."""

import pytest

from exporter.config.sections import Quota
from exporter.model.rate_limit import DAY_WINDOW, MINUTE_WINDOW, UNSAID, RateLimit, WindowState
from exporter.quota.budget import AHEAD, FRESH, make_budget
from exporter.quota.window import WindowView
from tests.quota.budget_steps import UNIX, answer, ask, at, budgets, known, says

TO_MIDNIGHT = 43_190.0


def test_at_the_start_one_request_may_be_made_at_a_time() -> None:
    budget = make_budget(Quota())
    assert budget.allowance(at(0)) == 1
    assert ask(budget).allowance(at(0)) == 0


def test_after_an_answer_with_both_limits_the_share_may_be_spent() -> None:
    assert known().allowance(at(0)) == 249


def test_the_lower_of_both_windows_counts() -> None:
    assert budgets(known(says(minute=1000, day=500))) == (249, 4)
    assert known(says(minute=1000, day=500)).allowance(at(0)) == 4


@pytest.mark.parametrize(
    ("quota", "said", "expected"),
    [
        pytest.param(Quota(), says(), 249, id="both limits"),
        pytest.param(Quota(), RateLimit(minute=WindowState(1000)), 1, id="the minute's only"),
        pytest.param(Quota(), RateLimit(day=WindowState(180_000)), 1, id="the day's only"),
        pytest.param(Quota(), UNSAID, 1, id="nothing"),
        pytest.param(Quota(per_day=5000), UNSAID, 1, id="nothing, the day configured"),
        pytest.param(Quota(per_minute=100), UNSAID, 1, id="nothing, the minute configured"),
        pytest.param(
            Quota(per_minute=100, per_day=5000), UNSAID, 24, id="nothing, both configured"
        ),
    ],
)
def test_requests_go_one_at_a_time_until_both_limits_are_known(
    quota: Quota, said: RateLimit, expected: int
) -> None:
    assert answer(make_budget(quota), said).allowance(at(0)) == expected


def test_while_the_limits_are_unknown_no_second_request_follows_however_long_the_first_takes() -> (
    None
):
    assert ask(make_budget(Quota())).allowance(at(299)) == 0


def test_with_configured_limits_one_request_goes_ahead_at_the_start() -> None:
    budget = make_budget(Quota(per_minute=100, per_day=5000))
    assert budget.allowance(at(0)) == 1
    assert ask(budget).allowance(at(0)) == 0


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(FRESH - 0.1, 249, id="fresh: the share"),
        pytest.param(FRESH, 1, id="not fresh: one goes ahead"),
        pytest.param(10**6, 1, id="long ago: one goes ahead"),
    ],
)
def test_a_good_answer_vouches_for_others_while_it_is_fresh(seconds: float, expected: int) -> None:
    assert known().allowance(at(seconds)) == expected
    assert known().is_fresh(at(seconds)) is (expected > 1)


def test_a_request_that_goes_ahead_is_followed_by_a_second_when_it_takes_long() -> None:
    budget, late = ask(known(), 100.0), 100.0 + AHEAD
    assert [budget.allowance(at(now)) for now in (100.0, late - 0.1, late)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("good", "expected"),
    [
        pytest.param(True, 249, id="good: the share"),
        pytest.param(False, 1, id="bad: one at a time again"),
    ],
)
def test_the_answer_to_the_request_that_went_ahead_decides_how_many_follow(
    good: bool, expected: int
) -> None:
    assert answer(known(), says(), 100.0, good=good).allowance(at(100.0)) == expected


def test_a_bad_answer_does_not_spoil_a_good_one_that_is_fresh() -> None:
    assert answer(known(), good=False).allowance(at(0)) == 248


def test_without_any_headers_requests_go_one_at_a_time() -> None:
    budget = make_budget(Quota())
    for minute in range(600):
        sent, ended = at(minute * 60.0), at(minute * 60.0 + 1)
        budget = budget.started(sent)
        assert budget.allowance(sent) == 0
        budget = budget.ended(UNSAID, sent, ended, good=True)
        assert budget.allowance(ended) == 1


@pytest.mark.parametrize(
    ("quota", "said", "expected"),
    [
        pytest.param(Quota(), says(50, 5000), (10, 50), id="down"),
        pytest.param(Quota(), says(5000, 10**6), (248, 1873), id="not above a live account's"),
        pytest.param(Quota(share=1.0, reserve=0.0), says(50, 5000), (48, 207), id="all"),
        pytest.param(Quota(per_minute=40), says(50, 5000), (8, 50), id="a minute, configured"),
        pytest.param(Quota(per_minute=4000), says(4000), (998, 1873), id="a minute, higher"),
        pytest.param(Quota(per_day=960), says(50, 5000), (10, 8), id="a day, configured"),
        pytest.param(Quota(per_day=960_000), says(), (248, 9999), id="a day, higher"),
    ],
)
def test_a_limit_that_changes_counts_at_once(
    quota: Quota, said: RateLimit, expected: tuple[int, int]
) -> None:
    budget = answer(answer(make_budget(quota), says()), said, seconds=1.0)
    assert budgets(budget, 1.0) == expected


def test_a_limit_that_goes_up_again_counts_at_once_and_the_same_part_of_the_day_stays_spent() -> (
    None
):
    budget = answer(known(says(50, 5000)), says(), seconds=1.0)
    assert budgets(budget, 1.0) == (248, 1875 - 2 * 36)


@pytest.mark.parametrize(
    ("minute", "day", "expected"),
    [
        pytest.param(101, 180_000, 1, id="one over the minute's reserve"),
        pytest.param(100, 180_000, 0, id="at the minute's reserve"),
        pytest.param(0, 180_000, 0, id="nothing left of the minute"),
        pytest.param(1000, 18_001, 1, id="one over the day's reserve"),
        pytest.param(1000, 18_000, 0, id="at the day's reserve"),
    ],
)
def test_nothing_at_or_under_the_reserve_is_spent(minute: int, day: int, expected: int) -> None:
    budget = known(RateLimit(WindowState(1000, minute), WindowState(180_000, day)))
    assert budget.allowance(at(0)) == expected
    assert budget.is_spent(at(0)) is (expected == 0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        pytest.param(RateLimit(minute=WindowState(1000, 100, UNIX + 30)), 30.0, id="minute's"),
        pytest.param(RateLimit(minute=WindowState(1000, 100)), 50.0, id="minute's, reset not said"),
        pytest.param(RateLimit(day=WindowState(180_000, 9, UNIX + 7200)), 7200.0, id="day's"),
        pytest.param(
            RateLimit(day=WindowState(180_000, 9)), TO_MIDNIGHT, id="day's, reset not said"
        ),
    ],
)
def test_at_the_reserve_nothing_is_asked_until_the_reset(said: RateLimit, seconds: float) -> None:
    budget = answer(known(), said)
    assert budget.allowance(at(seconds - 0.1)) == 0
    assert budget.allowance(at(seconds)) > 0


def test_requests_in_flight_count_against_the_reserve() -> None:
    budget = ask(known(RateLimit(WindowState(1000, 102), WindowState(180_000, 180_000))))
    assert budget.allowance(at(0)) == 1
    assert ask(budget).allowance(at(0)) == 0


def test_when_answers_come_out_of_order_the_lower_remaining_counts_in_both_windows() -> None:
    low = RateLimit(WindowState(1000, 120), WindowState(180_000, 18_005))
    budget = ask(ask(known())).ended(low, at(0), at(1), good=True)
    assert budgets(budget.ended(says(), at(0), at(2), good=True), 2.0) == (20, 5)


def test_the_request_that_ended_is_the_one_that_was_sent_at_that_time() -> None:
    budget = ask(ask(known(), 100.0), 110.0)
    assert budget.ended(UNSAID, at(100), at(111), good=False).allowance(at(111)) == 0
    assert budget.ended(UNSAID, at(110), at(111), good=False).allowance(at(111)) == 1


def test_a_request_that_was_never_sent_costs_nothing_of_the_minute() -> None:
    before = known()
    after = ask(ask(before), 1.0).not_sent(at(0)).not_sent(at(1))
    assert (budgets(after, 1.0)[0], after.in_flight) == (budgets(before, 1.0)[0], ())


def test_both_windows_show_what_the_api_said_and_what_may_be_spent() -> None:
    said = RateLimit(WindowState(2000, 150, UNIX + 30), WindowState(5000, 4000, UNIX + 99))
    assert known(said).windows(at(0)) == {
        MINUTE_WINDOW: WindowView(2000, 150, UNIX + 30, 0, in_force=1000),
        DAY_WINDOW: WindowView(5000, 4000, UNIX + 99, 51, in_force=5000),
    }


def test_before_the_first_answer_the_windows_show_no_value_of_the_apis() -> None:
    assert make_budget(Quota()).windows(at(0)) == {
        MINUTE_WINDOW: WindowView(None, None, None, 250),
        DAY_WINDOW: WindowView(None, None, None, 1875),
    }


def test_a_configured_limit_is_in_force_before_and_after_the_first_answer() -> None:
    quota = Quota(per_minute=60, per_day=1_000_000)
    for budget in (make_budget(quota), known().governed_by(quota)):
        windows = budget.windows(at(0))
        assert {name: window.in_force for name, window in windows.items()} == {
            MINUTE_WINDOW: 60,
            DAY_WINDOW: 1_000_000,
        }


def test_another_quota_counts_at_once_and_what_was_spent_stays_spent() -> None:
    budget = known()
    for _ in range(10):
        budget = ask(budget).ended(says(), at(0), at(0), good=True)
    before = budgets(budget)
    smaller = budget.governed_by(Quota(share=0.05, per_minute=400, per_day=12_000))
    assert smaller.known
    assert budgets(smaller)[0] == 20 - (250 - before[0])
    assert budgets(smaller)[1] <= 25
    assert budgets(smaller.governed_by(Quota()))[1] <= before[1], "a change gains nothing"


def test_another_reserve_counts_at_once() -> None:
    said = RateLimit(WindowState(1000, 300), WindowState(180_000, 170_000))
    assert budgets(known(said).governed_by(Quota(reserve=0.29)))[0] == 10


@pytest.mark.parametrize(
    ("said", "a_minute", "expected"),
    [
        pytest.param(says(), 62, True, id="as many as are saved up and accrue in the hour"),
        pytest.param(says(), 63, False, id="one more"),
        pytest.param(
            RateLimit(WindowState(1_000, 1_000), WindowState(180_000, 18_600)),
            10,
            False,
            id="as many as the API has left over the reserve",
        ),
        pytest.param(
            RateLimit(WindowState(1_000, 1_000), WindowState(180_000, 18_601)),
            10,
            True,
            id="one fewer than the API has left over the reserve",
        ),
    ],
)
def test_a_budget_lasts_by_what_is_saved_up_and_accrues(
    said: RateLimit, a_minute: float, expected: bool
) -> None:
    assert known(said).allows_for_an_hour(at(0), a_minute) is expected


def test_a_budget_does_not_last_where_a_minute_allows_too_few_requests() -> None:
    budget = known(says(minute=40))
    assert budgets(budget)[0] == 9
    assert budget.allows_for_an_hour(at(0), 8.5)
    assert not budget.allows_for_an_hour(at(0), 9)
