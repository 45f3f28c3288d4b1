"""How scrapes try a refused key, and an API that is down or hangs."""

from itertools import pairwise

import pytest

from benchmarks.virtual_time import run
from exporter.model.failures import Failure
from tests.support.readers import DOWN
from tests.support.virtual_account import LATE, MALFORMED, REFUSED, SCRAPE, VirtualAccount, clock


@pytest.mark.parametrize(
    ("error", "most"),
    [
        pytest.param(REFUSED, 3, id="a revoked key"),
        pytest.param(MALFORMED, 3, id="a key in the wrong format"),
        pytest.param(DOWN, 9, id="an API that fails"),
        pytest.param(LATE, 10, id="an API that hangs"),
    ],
)
def test_an_outage_that_begins_between_scrapes_costs_a_few_requests(
    error: Failure, most: int
) -> None:
    async def story() -> None:
        account = VirtualAccount(100)
        await account.scrape(4)
        account.fate = lambda _: error
        began = clock().monotonic
        await account.scrape(4)
        assert account.asked_since(began) <= most
        assert max(account.scrapes) <= SCRAPE

    run(story())


def test_an_api_that_hangs_slows_one_scrape_only() -> None:
    async def story() -> None:
        account = VirtualAccount(100)
        await account.scrape(2)
        account.fate = lambda _: LATE
        await account.scrape(20)
        assert max(account.scrapes[3:]) <= 1.0

    run(story())


@pytest.mark.parametrize("error", [REFUSED, DOWN, LATE], ids=lambda error: error.reason)
def test_every_job_is_read_at_the_first_scrape_after_the_outage_and_its_back_off(
    error: Failure,
) -> None:
    async def story() -> None:
        account = VirtualAccount(50)
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


def test_a_key_that_is_refused_again_later_costs_as_few_requests_again() -> None:
    async def story() -> None:
        account = VirtualAccount(20)
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
def test_a_key_that_is_refused_slowly_costs_as_few_requests(latency: float) -> None:
    async def story() -> None:
        account = VirtualAccount(100)
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
        account = VirtualAccount(100, timeout=timeout)
        await account.scrape(4)
        account.fate = lambda _: LATE
        await account.scrape(4)
        for _ in range(20):
            began = clock().monotonic
            await account.scrape(4)
            assert account.asked_since(began) <= 10
        assert max(account.scrapes) <= SCRAPE

    run(story())


def test_a_refused_key_is_tried_by_one_request_after_each_back_off_however_slow_it_is() -> None:
    async def story() -> None:
        account = VirtualAccount(20)
        await account.scrape()
        account.fate, account.latency = lambda _: REFUSED, 8.0
        refused = clock().monotonic + account.latency
        await account.scrape(120, every=5.0)
        tries = [at for at, _ in account.asked if at > refused]
        gaps = [later - at for at, later in pairwise(tries)]
        assert len(gaps) > 2
        assert min(gaps) >= 30

    run(story())
