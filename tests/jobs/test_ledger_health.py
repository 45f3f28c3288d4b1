"""When an account counts as up, and what blocks its reads, as jobs fail and are watched no more."""

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import WatchedJob
from exporter.model.failures import Failure, RateLimited
from exporter.model.rate_limit import RateLimit
from exporter.quota.block import Cause
from tests.support.readers import DOWN, GONE
from tests.support.virtual_account import LATE, REFUSED, VirtualAccount, clock


@pytest.mark.parametrize("error", [DOWN, REFUSED], ids=lambda error: error.reason)
def test_once_the_last_job_that_failed_is_no_longer_watched_another_tries_the_api(
    error: Failure,
) -> None:
    async def story() -> None:
        account = VirtualAccount(2)
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
        account = VirtualAccount(11)
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
        account = VirtualAccount(6)
        account.ended = {2, 3, 4, 5, 6}
        account.fate = lambda job_id: DOWN if job_id == 1 else None
        await account.scrape(240)
        assert account.ledger.view(clock()).up
        account.fate = lambda _: error
        await account.scrape(70)
        assert account.ledger.view(clock()).up is False

    run(story())


def test_an_api_that_is_up_again_is_found_up_though_one_job_still_fails() -> None:
    async def story() -> None:
        account = VirtualAccount(6)
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
def test_nothing_blocks_an_account_without_watched_jobs(error: Failure) -> None:
    async def story() -> None:
        account = VirtualAccount(1)
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
        account = VirtualAccount(11)
        account.fate = lambda job_id: None if job_id == 1 else GONE
        await account.scrape(9)
        assert account.ledger.view(clock()).up
        account.fate = lambda _: error
        await account.scrape(4)
        assert account.ledger.view(clock()).up is False

    run(story())


def test_an_api_that_fails_for_the_only_job_blocks_the_account_as_soon_as_it_is_down() -> None:
    async def story() -> None:
        account = VirtualAccount(1)
        await account.scrape(2)
        account.fate = lambda _: DOWN
        await account.scrape()
        view = account.ledger.view(clock())
        assert view.up is False
        assert view.block is not None
        assert view.block.cause is Cause.UNREACHABLE

    run(story())


def test_another_key_that_is_refused_too_blocks_the_account_and_is_no_fault_of_the_job() -> None:
    async def story() -> None:
        account = VirtualAccount(1)
        account.fate = lambda _: REFUSED
        await account.scrape(2)
        account.ledger.with_another_key(clock())
        await account.scrape(2)
        view = account.ledger.view(clock())
        assert view.block is not None
        assert view.block.cause is Cause.KEY

    run(story())


def test_a_refused_key_stays_the_cause_until_it_is_tried_again() -> None:
    async def story() -> None:
        account = VirtualAccount(1)
        account.fate = lambda _: REFUSED
        await account.scrape(1, every=60.0)
        block = account.ledger.view(clock()).block
        assert block is not None
        assert (block.cause, block.until) == (Cause.KEY, None)

    run(story())


def test_nothing_is_known_of_another_key_before_it_was_tried() -> None:
    async def story() -> None:
        account = VirtualAccount(1)
        account.fate = lambda _: REFUSED
        await account.scrape()
        account.ledger.with_another_key(clock())
        view = account.ledger.view(clock())
        assert (view.block, view.up) == (None, None)

    run(story())


def test_once_the_only_job_that_met_a_429_is_no_longer_watched_another_tries_the_api() -> None:
    async def story() -> None:
        account = VirtualAccount(2)
        account.ended = {2}
        await account.scrape(2)
        spent = RateLimited(
            "the account has used up its API requests (429)", 429, said=RateLimit(retry_after=30.0)
        )
        account.fate = lambda _: spent
        await account.scrape(2)
        account.fate = lambda _: None
        account.ledger.watch([WatchedJob(id=2)], clock())
        await account.scrape(3)
        assert account.ledger.view(clock()).block is None

    run(story())
