"""What hangs and what mends, on a clock that waits for nobody."""

from itertools import pairwise

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Quota, WatchedJob
from exporter.model.failures import Failure, RateLimited
from exporter.model.rate_limit import RateLimit
from exporter.quota.block import Cause
from tests.support.account import (
    DOWN,
    FORBIDDEN,
    GONE,
    LATE,
    MALFORMED,
    PLENTY,
    REFUSED,
    SCRAPE,
    Account,
    clock,
)


@pytest.mark.parametrize(
    ("error", "most"),
    [
        pytest.param(REFUSED, 3, id="a revoked key"),
        pytest.param(MALFORMED, 3, id="a key in the wrong format"),
        pytest.param(DOWN, 9, id="an API that fails"),
        pytest.param(LATE, 10, id="an API that hangs"),
    ],
)
def test_a_cause_that_comes_while_it_runs_costs_a_few_requests(error: Failure, most: int) -> None:
    async def story() -> None:
        account = Account(100)
        await account.scrape(4)
        account.fate = lambda _: error
        began = clock().monotonic
        await account.scrape(4)
        assert account.asked_since(began) <= most
        assert max(account.scrapes) <= SCRAPE

    run(story())


@pytest.mark.parametrize("error", [DOWN, REFUSED], ids=lambda error: error.reason)
def test_once_the_last_job_that_failed_is_watched_no_more_another_tries_the_api(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(2)
        account.ended = {2}
        await account.scrape(2)
        account.fate = lambda _: error
        await account.scrape(20)
        assert account.ledger.view(clock()).block
        account.fate = lambda job_id: error if job_id == 1 else None
        account.ledger.watch([WatchedJob(id=2)], clock())
        await account.scrape(61)
        view = account.ledger.view(clock())
        assert (view.block, view.up) == (None, True)

    run(story())


@pytest.mark.parametrize("error", [DOWN, LATE], ids=lambda error: error.reason)
def test_a_job_that_fails_for_ever_says_nothing_against_an_api_that_answered_for_others(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(11)
        account.fate = lambda job_id: error if job_id == 1 else GONE
        for _ in range(400):
            await account.scrape()
            view = account.ledger.view(clock())
            assert view.up is not False
            assert view.block is None

    run(story())


@pytest.mark.parametrize("error", [DOWN, LATE, REFUSED], ids=lambda error: error.reason)
def test_an_outage_after_a_job_has_failed_for_long_is_found_at_its_next_try(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(6)
        account.ended = {2, 3, 4, 5, 6}
        account.fate = lambda job_id: DOWN if job_id == 1 else None
        await account.scrape(240)
        assert account.ledger.view(clock()).up
        account.fate = lambda _: error
        await account.scrape(70)
        assert account.ledger.view(clock()).up is False

    run(story())


def test_an_api_that_is_well_again_is_found_so_though_the_job_that_failed_still_does() -> None:
    async def story() -> None:
        account = Account(6)
        account.ended = {2, 3, 4, 5, 6}
        await account.scrape(2)
        account.fate = lambda _: DOWN
        await account.scrape(40)
        assert account.ledger.view(clock()).block
        account.fate = lambda job_id: DOWN if job_id == 1 else None
        await account.scrape(20)
        view = account.ledger.view(clock())
        assert (view.block, view.up) == (None, True)

    run(story())


@pytest.mark.parametrize("error", [DOWN, REFUSED], ids=lambda error: error.reason)
def test_nothing_blocks_an_account_that_watches_nothing(error: Failure) -> None:
    async def story() -> None:
        account = Account(1)
        account.fate = lambda _: error
        await account.scrape(40)
        account.ledger.watch([], clock())
        view = account.ledger.view(clock())
        assert (view.block, view.up) == (None, None)

    run(story())


@pytest.mark.parametrize("error", [DOWN, LATE], ids=lambda error: error.reason)
def test_with_one_readable_job_among_wrong_ids_an_outage_is_found_within_four_scrapes(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(11)
        account.fate = lambda job_id: None if job_id == 1 else GONE
        await account.scrape(9)
        assert account.ledger.view(clock()).up
        account.fate = lambda _: error
        await account.scrape(4)
        assert account.ledger.view(clock()).up is False

    run(story())


def test_an_api_that_hangs_slows_one_scrape_and_no_further_one() -> None:
    async def story() -> None:
        account = Account(100)
        await account.scrape(2)
        account.fate = lambda _: LATE
        await account.scrape(20)
        assert max(account.scrapes[3:]) <= 1.0

    run(story())


@pytest.mark.parametrize("error", [REFUSED, DOWN, LATE], ids=lambda error: error.reason)
def test_every_job_is_read_at_the_first_scrape_after_the_cause_is_gone_and_the_back_off_is_over(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(50)
        await account.scrape(4)
        account.fate = lambda _: error
        await account.scrape(5)
        account.fate = lambda _: None
        mended = clock().monotonic
        longest_so_far = 60.0
        while account.fresh(mended) == 0:
            assert clock().monotonic - mended <= longest_so_far + 15
            await account.scrape()
        assert account.fresh(mended) >= 49
        await account.scrape()
        assert account.fresh(mended) == 50

    run(story())


def test_a_job_that_hangs_first_lets_another_go_ahead() -> None:
    async def story() -> None:
        account = Account(20)
        await account.scrape()
        account.fate = lambda job_id: LATE if job_id == 1 else None
        began = clock().monotonic
        await account.scrape()
        assert account.fresh(began) == 19

    run(story())


def test_behind_jobs_that_hang_at_the_start_the_first_value_comes_within_two_timeouts() -> None:
    async def story() -> None:
        account = Account(27, timeout=5.0)
        account.fate = lambda job_id: LATE if job_id <= 7 else None
        await account.scrape()
        assert min(account.read_at()) <= 2 * account.timeout
        assert account.scrapes[0] >= min(account.read_at()), "and the scrape shows it"

    run(story())


def test_one_job_for_which_the_key_is_refused_keeps_the_account_for_a_back_off_only() -> None:
    async def story() -> None:
        account = Account(5)
        account.fate = lambda job_id: FORBIDDEN if job_id == 3 else None
        await account.scrape(8)
        began = clock().monotonic
        await account.scrape(240)
        assert account.asked_since(began, job_id=4) == 240
        assert account.asked_since(began, job_id=3) <= 10
        assert account.ledger.view(clock()).up is True

    run(story())


def test_a_key_that_is_refused_again_later_is_tried_once_again() -> None:
    async def story() -> None:
        account = Account(20)
        for _ in range(3):
            account.fate = lambda _: REFUSED
            began = clock().monotonic
            await account.scrape(4)
            assert account.asked_since(began) <= 3
            account.fate = lambda _: None
            await account.scrape(8)
            assert account.fresh(clock().monotonic - 15) == 20

    run(story())


@pytest.mark.parametrize("latency", [0.1, 2.0, 5.0, 8.0])
def test_a_key_that_is_refused_slowly_costs_no_more(latency: float) -> None:
    async def story() -> None:
        account = Account(100)
        await account.scrape(4)
        account.fate = lambda _: REFUSED
        account.latency = latency
        began = clock().monotonic
        await account.scrape(4)
        assert account.asked_since(began) <= 3

    run(story())


@pytest.mark.parametrize("timeout", [10.0, 30.0, 300.0])
def test_an_api_that_hangs_is_asked_little_however_long_a_read_may_take(timeout: float) -> None:
    async def story() -> None:
        account = Account(100, timeout=timeout)
        await account.scrape(4)
        account.fate = lambda _: LATE
        await account.scrape(4)
        for _ in range(20):
            began = clock().monotonic
            await account.scrape(4)
            assert account.asked_since(began) <= 10
        assert max(account.scrapes) <= SCRAPE

    run(story())


def test_a_failure_in_the_middle_of_a_scrape_does_not_end_it() -> None:
    async def story() -> None:
        account = Account(60, PLENTY)
        account.latency, account.uneven = 0.5, 0.07
        account.fate = lambda job_id: DOWN if job_id == 20 else None
        await account.scrape()
        assert account.fresh(0.0) == 59

    run(story())


@pytest.mark.parametrize("error", [DOWN, LATE, MALFORMED], ids=str)
def test_jobs_that_go_wrong_together_do_not_keep_the_others_from_being_read(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(100, PLENTY)
        await account.scrape(2)
        account.fate = lambda job_id: error if job_id <= 30 else None
        await account.scrape(10, every=30.0)
        for _ in range(20):
            began = clock().monotonic
            await account.scrape(every=30.0)
            assert account.fresh(began) == 70

    run(story())


@pytest.mark.parametrize("error", [DOWN, MALFORMED, FORBIDDEN], ids=str)
def test_jobs_that_are_wrong_from_the_start_do_not_keep_the_others_from_being_read(
    error: Failure,
) -> None:
    async def story() -> None:
        account = Account(100, PLENTY)
        account.fate = lambda job_id: error if job_id <= 30 else None
        await account.scrape(20, every=30.0)
        assert account.fresh(0.0) == 70

    run(story())


def test_jobs_that_fail_have_their_turn_where_one_request_at_a_time_is_allowed() -> None:
    async def story() -> None:
        account = Account(10, Quota(per_minute=4, per_day=100_000))
        account.fate = lambda job_id: DOWN if job_id <= 2 else None
        await account.scrape(240, every=60.0)
        assert account.asked_since(3600.0, job_id=1) > 3
        assert account.asked_since(3600.0, job_id=9) > 3

    run(story())


def test_a_refused_key_is_tried_by_one_request_after_each_back_off_however_slow_it_is() -> None:
    async def story() -> None:
        account = Account(20)
        await account.scrape()
        account.fate, account.latency = lambda _: REFUSED, 8.0
        refused = clock().monotonic + account.latency
        await account.scrape(120, every=5.0)
        tries = [at for at, _ in account.asked if at > refused]
        gaps = [later - at for at, later in pairwise(tries)]
        assert len(gaps) > 2
        assert min(gaps) >= 30

    run(story())


def test_jobs_that_hang_for_long_do_not_keep_the_others_from_being_read() -> None:
    async def story() -> None:
        account = Account(20, PLENTY, timeout=300.0)
        account.fate = lambda job_id: LATE if job_id in (3, 4) else None
        await account.scrape()
        for _ in range(10):
            began = clock().monotonic
            await account.scrape()
            assert account.fresh(began) == 18

    run(story())


def test_an_api_that_fails_for_the_only_job_blocks_the_account_as_soon_as_it_is_down() -> None:
    async def story() -> None:
        account = Account(1)
        await account.scrape(2)
        account.fate = lambda _: DOWN
        await account.scrape()
        view = account.ledger.view(clock())
        assert view.up is False
        assert view.block is not None
        assert view.block.cause is Cause.UNREACHABLE

    run(story())


def test_another_key_that_is_refused_too_is_the_keys_trouble_and_not_the_jobs() -> None:
    async def story() -> None:
        account = Account(1)
        account.fate = lambda _: REFUSED
        await account.scrape(2)
        account.ledger.with_another_key(clock())
        await account.scrape(2)
        view = account.ledger.view(clock())
        assert view.block is not None
        assert view.block.cause is Cause.KEY

    run(story())


def test_a_refused_key_stays_the_cause_while_nobody_has_tried_it_again() -> None:
    async def story() -> None:
        account = Account(1)
        account.fate = lambda _: REFUSED
        await account.scrape(1, every=60.0)
        block = account.ledger.view(clock()).block
        assert block is not None
        assert (block.cause, block.until) == (Cause.KEY, None)

    run(story())


def test_of_another_key_nothing_is_known_before_it_was_tried() -> None:
    async def story() -> None:
        account = Account(1)
        account.fate = lambda _: REFUSED
        await account.scrape()
        account.ledger.with_another_key(clock())
        view = account.ledger.view(clock())
        assert (view.block, view.up) == (None, None)

    run(story())


def test_once_the_only_job_that_met_a_429_is_watched_no_more_another_tries_the_api() -> None:
    async def story() -> None:
        account = Account(2)
        account.ended = {2}
        await account.scrape(2)
        spent = RateLimited("spent (429)", 429, said=RateLimit(retry_after=30.0))
        account.fate = lambda _: spent
        await account.scrape(2)
        account.fate = lambda _: None
        account.ledger.watch([WatchedJob(id=2)], clock())
        await account.scrape(3)
        assert account.ledger.view(clock()).block is None

    run(story())
