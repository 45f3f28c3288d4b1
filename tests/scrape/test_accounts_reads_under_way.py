"""A reload while reads are under way: what their answers still change."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from exporter.model.failures import Failure, NotFound, RateLimited
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.scrape.reloads import scrape_first
from tests.support.installation import (
    JOBS,
    OTHER_KEY,
    RELOADED,
    START,
    Installation,
    live,
    play,
    told,
    until,
    up_of,
)
from tests.support.readers import KEY, Gate
from tests.support.scripted_account import ScriptedAccount, run


def test_an_answer_from_the_old_address_is_not_shown_for_the_new_one(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: installation.now().unix) as other:
            with installation.holding():
                scrape = asyncio.create_task(installation.scrape())
                await until(lambda: installation.holds)
                installation.configure(url=other.base_url)
                await installation.reload()
            await scrape
            after = await installation.scrape(1.0)
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]

    play(installation, story)


def test_a_late_refusal_of_the_old_key_is_not_held_against_the_new_one(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.api.api_key = OTHER_KEY
        with installation.holding():
            scrape = asyncio.create_task(installation.scrape(60.0))
            await until(lambda: installation.holds)
            installation.write_key(OTHER_KEY)
            await installation.reload()
        with capture_logs() as logs:
            after = [await scrape, await installation.scrape(1.0)]
        assert [live(series, "up") for series in after] == [1, 1]
        assert up_of(after[1]) == {"live/1": 1, "live/2": 1, "live/3": 1}
        assert told(logs) == []

    play(installation, story)


def test_an_answer_that_comes_after_the_reload_is_judged_by_its_status_words(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.configure(more="statuses: {Processing: failed}\nrefresh: {finished: '0'}")
        await installation.reload()
        with installation.holding():
            scrape = asyncio.create_task(installation.scrape())
            await until(lambda: installation.holds)
            installation.configure(more="refresh: {finished: '0'}")
            await installation.reload()
        await scrape
        after = await installation.scrape(1.0)
        assert [live(after, "service_job_state", one, "running") for one in JOBS] == [1, 1, 1]
        assert live(after, "jobs_finished_total", "failed") == 0

    play(installation, story)


def test_a_scrape_under_way_reads_nothing_more_of_an_account_that_goes(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.latency = 0.05
        installation.configure(*range(1, 201))
        await installation.reload()
        scrape = asyncio.create_task(scrape_first(installation, 200))
        await until(lambda: len(installation.api.requests) > 10)
        with Simulator([], api_key=OTHER_KEY) as other:
            installation.write_key(OTHER_KEY)
            installation.configure(name="other", url=other.base_url)
            await installation.reload()
            asked = len(installation.api.requests)
            await scrape
        assert len(installation.api.requests) <= asked + 8

    play(installation, story)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(RateLimited("spent", 429), id="429"),
        pytest.param(NotFound("gone", 404), id="the day is spent, in another answer"),
    ],
)
def test_limits_that_are_said_to_the_old_key_after_the_reload_stop_no_reads(
    error: Failure,
) -> None:
    async def story() -> None:
        said = RateLimit(day=WindowState(5_000, 0, ScriptedAccount.START + 40_000))
        gate = Gate({1: replace(error, said=said)})
        account = ScriptedAccount(gate, jobs=2, concurrency=1)
        scrape = asyncio.create_task(account.scrape())
        await until(lambda: bool(gate.waiting))
        account.ledger.with_another_key(account.clock())
        gate.open()
        await scrape
        await account.scrape_after(60)
        assert 2 in gate.asked

    run(story())


def test_a_read_that_is_under_way_in_a_reload_is_not_made_twice(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.fail(Fault.HANG, 2)
        scrape = asyncio.create_task(installation.scrape())
        await until(lambda: len(installation.api.requests) == 3)
        installation.configure(2, 3, 4)
        assert await installation.reload() == RELOADED
        again = asyncio.create_task(installation.scrape())
        await until(lambda: len(installation.api.requests) == 4)
        installation.reloader.collector.stop()
        for series in (await scrape, await again):
            assert up_of(series).keys() <= {"live/3", "live/4"}
        assert sorted(installation.asked()) == [1, 2, 3, 4]

    play(installation, story)


def test_an_answer_for_a_job_that_went_meanwhile_is_kept_in_case_the_job_comes_back(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        with installation.holding():
            scrape = asyncio.create_task(installation.scrape())
            await until(lambda: installation.holds)
            installation.configure(4)
            await installation.reload()
        assert up_of(await scrape).keys() <= {"live/4"}
        installation.configure(1, 4)
        await installation.reload()
        installation.asked()
        await installation.scrape(1.0)
        assert 1 not in installation.asked()

    play(installation, story)
