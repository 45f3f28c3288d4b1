"""What hangs and what mends, on a clock that waits for nobody."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.virtual_time import run
from exporter.budget import make_budget
from exporter.client import Answer
from exporter.config import Quota, Refresh, WatchedJob
from exporter.errors import ClientError, ReadTimeout, ServerError, Unauthorized, UpstreamError
from exporter.instant import Instant
from exporter.ledger import Ledger
from exporter.refresh import AccountRefresher
from tests.readers import ROOMY, RUNNING

TIMEOUT = 10.0
SCRAPE = 9.5
REFUSED = Unauthorized("the API refused the key (401)", 401)
FORBIDDEN = Unauthorized("the API refused the key (403)", 403)
MALFORMED = ClientError("the API refused the request (400)", 400)
DOWN = ServerError("the API failed (500)", 500)
LATE = ReadTimeout("the API did not answer in time")

Fate = Callable[[int], UpstreamError | None]


def clock() -> Instant:
    seconds = asyncio.get_running_loop().time()
    return Instant(seconds, 1_700_000_000.0 + seconds)


class Account:
    """A refresher over an API that answers after 0.1 s, or fails a job as `fate` says."""

    def __init__(self, jobs: int) -> None:
        self.fate: Fate = lambda _: None
        self.asked: list[tuple[float, int]] = []
        self.scrapes: list[float] = []
        self.ledger = Ledger(
            "live",
            [WatchedJob(id=number) for number in range(1, jobs + 1)],
            refresh=Refresh(),
            budget=make_budget(Quota()),
            jitter=lambda: 0.0,
        )
        self._refresher = AccountRefresher(self.ledger, self._read, concurrency=8, clock=clock)

    async def _read(self, job_id: int) -> Answer:
        self.asked.append((clock().monotonic, job_id))
        error = self.fate(job_id)
        await asyncio.sleep(TIMEOUT if error is LATE else 0.1)
        if error is not None:
            raise error
        return Answer(200, replace(RUNNING, id=job_id), ROOMY)

    async def scrape(self, times: int = 1, every: float = 15.0) -> None:
        """Scrape so many times, each followed by the rest of the interval."""
        for _ in range(times):
            began = clock().monotonic
            await self._refresher.refresh(SCRAPE, asyncio.Event())
            self.scrapes.append(clock().monotonic - began)
            await asyncio.sleep(every - self.scrapes[-1])

    def asked_since(self, seconds: float, job_id: int | None = None) -> int:
        """Return how many requests were made since then, of one job or all."""
        return sum(at >= seconds and job_id in (None, one) for at, one in self.asked)

    def fresh(self, seconds: float) -> int:
        """Return how many jobs were read since then."""
        views = self.ledger.view(clock()).jobs
        return sum(
            view.reading.read_at is not None and view.reading.read_at.monotonic >= seconds
            for view in views
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
def test_a_cause_that_comes_while_it_runs_costs_a_few_requests(
    error: UpstreamError, most: int
) -> None:
    async def story() -> None:
        account = Account(100)
        await account.scrape(4)
        account.fate = lambda _: error
        began = clock().monotonic
        await account.scrape(4)
        assert account.asked_since(began) <= most
        assert max(account.scrapes) <= SCRAPE

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
    error: UpstreamError,
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
