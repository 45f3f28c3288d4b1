"""Jobs that fail or hang do not keep scrapes from reading the others."""

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Quota
from exporter.model.failures import Failure
from tests.support.readers import DOWN
from tests.support.virtual_account import FORBIDDEN, LATE, MALFORMED, PLENTY, VirtualAccount, clock


def test_a_job_that_hangs_first_lets_another_go_ahead() -> None:
    async def story() -> None:
        account = VirtualAccount(20)
        await account.scrape()
        account.fate = lambda job_id: LATE if job_id == 1 else None
        began = clock().monotonic
        await account.scrape()
        assert account.fresh(began) == 19

    run(story())


def test_behind_jobs_that_hang_at_the_start_the_first_value_comes_within_two_timeouts() -> None:
    async def story() -> None:
        account = VirtualAccount(27, timeout=5.0)
        account.fate = lambda job_id: LATE if job_id <= 7 else None
        await account.scrape()
        assert min(account.read_at()) <= 2 * account.timeout
        assert account.scrapes[0] >= min(account.read_at()), "and the scrape shows it"

    run(story())


def test_one_job_for_which_the_key_is_refused_holds_the_account_for_one_back_off_only() -> None:
    async def story() -> None:
        account = VirtualAccount(5)
        account.fate = lambda job_id: FORBIDDEN if job_id == 3 else None
        await account.scrape(8)
        began = clock().monotonic
        await account.scrape(240)
        assert account.asked_since(began, job_id=4) == 240
        assert account.asked_since(began, job_id=3) <= 10
        assert account.ledger.view(clock()).up is True

    run(story())


def test_a_failure_in_the_middle_of_a_scrape_does_not_end_it() -> None:
    async def story() -> None:
        account = VirtualAccount(60, PLENTY)
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
        account = VirtualAccount(100, PLENTY)
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
        account = VirtualAccount(100, PLENTY)
        account.fate = lambda job_id: error if job_id <= 30 else None
        await account.scrape(20, every=30.0)
        assert account.fresh(0.0) == 70

    run(story())


def test_jobs_that_fail_have_their_turn_where_one_request_at_a_time_is_allowed() -> None:
    async def story() -> None:
        account = VirtualAccount(10, Quota(per_minute=4, per_day=100_000))
        account.fate = lambda job_id: DOWN if job_id <= 2 else None
        await account.scrape(240, every=60.0)
        assert account.asked_since(3600.0, job_id=1) > 3
        assert account.asked_since(3600.0, job_id=9) > 3

    run(story())


def test_jobs_that_hang_for_long_do_not_keep_the_others_from_being_read() -> None:
    async def story() -> None:
        account = VirtualAccount(20, PLENTY, timeout=300.0)
        account.fate = lambda job_id: LATE if job_id in (3, 4) else None
        await account.scrape()
        for _ in range(10):
            began = clock().monotonic
            await account.scrape()
            assert account.fresh(began) == 18

    run(story())
