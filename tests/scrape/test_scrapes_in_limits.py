"""How scrapes, through every layer of the application, keep to the limits of an account."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from exporter.simulator import LIVE, SANDBOX, TESTDRIVE, Fault, Limits, ResetFormat, SimulatedJob
from tests.support.in_process import START, InProcessExporter
from tests.support.readers import KEY

pytestmark = pytest.mark.slow

MakeStage = Callable[..., InProcessExporter]


@pytest.fixture
def make_stage() -> Iterator[MakeStage]:
    made: list[InProcessExporter] = []

    def make(jobs: int, limits: Limits = LIVE) -> InProcessExporter:
        running = [SimulatedJob(n, created=START, runs=10_000.0) for n in range(1, jobs + 1)]
        exporter = InProcessExporter(*running, limits=limits)
        exporter.api.start()
        made.append(exporter)
        return exporter

    yield make
    for exporter in made:
        exporter.client.close()
        exporter.api.close()


@pytest.mark.parametrize(
    ("limits", "share"),
    [(LIVE, 250), (SANDBOX, 12), (TESTDRIVE, 2)],
    ids=["live", "sandbox", "TestDrive"],
)
def test_a_first_scrape_spends_the_share_of_a_minute(
    make_stage: MakeStage, limits: Limits, share: int
) -> None:
    exporter = make_stage(300, limits)
    series = asyncio.run(exporter.scrape())
    assert len(exporter.api.requests) == share
    assert series["api_rate_limit", "minute"] == limits.minute
    assert series["api_rate_limit", "day"] == limits.day
    assert series["api_rate_limit_remaining", "day"] == limits.day - share
    assert series["api_budget_remaining", "minute"] == 0
    assert series["reads_deferred_total", "budget"] == 300 - share


@pytest.mark.parametrize("form", ResetFormat)
def test_nothing_is_spent_of_the_reserve_until_the_reset_however_it_is_written(
    make_stage: MakeStage, form: ResetFormat
) -> None:
    exporter = make_stage(3)
    exporter.api.reset_format = form
    exporter.api.spend(minute=899)

    async def story() -> None:
        series = await exporter.scrape()
        ends = START - START % 60 + 60
        assert series["api_rate_limit_reset_timestamp_seconds", "minute"] == ends
        assert series["api_rate_limit_remaining", "minute"] == 100
        await exporter.scrape(after=ends - START - 1)
        assert len(exporter.api.requests) == 1
        await exporter.scrape(after=1)
        assert len(exporter.api.requests) == 4

    asyncio.run(story())


def test_limits_that_change_count_from_the_next_answer_on(
    make_stage: MakeStage,
) -> None:
    exporter = make_stage(40)

    async def story() -> list[int]:
        counts = []
        for limits in (LIVE, SANDBOX, SANDBOX, LIVE, LIVE):
            exporter.api.limits = limits
            before = len(exporter.api.requests)
            await exporter.scrape(after=60)
            counts.append(len(exporter.api.requests) - before)
        return counts

    first, dropped, held, _, last = asyncio.run(story())
    assert (first, held, last) == (40, 12, 40)
    assert dropped < 12 + 8


def test_an_account_that_its_customer_has_spent_is_left_alone_until_the_minute_is_over(
    make_stage: MakeStage,
) -> None:
    exporter = make_stage(20)
    exporter.api.spend(minute=1_000)

    async def story() -> None:
        series = await exporter.scrape()
        assert series["api_requests_total", "429"] == 1
        assert series["up", ""] == 1
        await exporter.scrape(after=60 - START % 60 - 1)
        assert len(exporter.api.requests) == 1
        series = await exporter.scrape(after=1)
        assert len(exporter.api.requests) == 21
        assert series["jobs", "running"] == 20

    asyncio.run(story())


def test_a_429_without_headers_is_waited_out_for_a_minute(make_stage: MakeStage) -> None:
    exporter = make_stage(20)
    exporter.api.fail(Fault.TOO_MANY_REQUESTS_HTML)

    async def story() -> None:
        await exporter.scrape()
        exporter.api.fail(None)
        await exporter.scrape(after=59)
        assert len(exporter.api.requests) == 1
        await exporter.scrape(after=1)
        assert len(exporter.api.requests) == 21

    asyncio.run(story())


def test_a_wrong_key_costs_one_request_and_with_the_right_one_every_job_is_read(
    make_stage: MakeStage,
) -> None:
    exporter = make_stage(20)
    exporter.api.api_key = "b3RoZXI="

    async def story() -> None:
        series = await exporter.scrape()
        assert (series["up", ""], len(exporter.api.requests)) == (0, 1)
        exporter.api.api_key = KEY
        series = await exporter.scrape(after=30)
        assert (series["up", ""], series["jobs", "running"]) == (1, 20)

    asyncio.run(story())


def test_limits_are_known_from_the_headers_of_an_error_too(make_stage: MakeStage) -> None:
    exporter = make_stage(4, SANDBOX)
    exporter.api.fail(Fault.SERVER_ERROR)
    series = asyncio.run(exporter.scrape())
    assert series["api_rate_limit", "minute"] == 50


def test_the_share_of_a_day_is_spent_evenly(make_stage: MakeStage) -> None:
    exporter = make_stage(30, SANDBOX)

    async def story() -> list[int]:
        counts = []
        for _ in range(8):
            for _ in range(15):
                await exporter.scrape(after=60)
            counts.append(len(exporter.api.requests))
            exporter.api.requests.clear()
        return counts

    first, *later = asyncio.run(story())
    assert 52 < first <= 52 + 13 + 1
    assert all(12 <= count <= 13 for count in later)
