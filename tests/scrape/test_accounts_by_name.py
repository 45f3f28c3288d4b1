"""An account is known by its name: what a reload that changes more of it leaves of the rest."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import pytest

from exporter.model.failures import Failure, NotFound, RateLimited
from exporter.model.rate_limit import RateLimit, WindowState
from exporter.simulator import Fault, Limits, SimulatedJob, Simulator
from tests.support.bench import Bench, run
from tests.support.house import OTHER_KEY, House, live, opened, play, until, up_of
from tests.support.readers import KEY, Gate
from tests.support.stage import START, Series


def spend(house: House, jobs: int) -> Awaitable[Series]:
    """Scrape so many jobs as would spend the minute's share."""
    for job_id in range(1, jobs + 1):
        house.api.put(SimulatedJob(job_id, created=START, runs=1e6))
    return house.scrape()


def test_an_account_by_another_name_is_another_account(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        house.configure(name="sandbox")
        await house.reload()
        after = await house.scrape()
        assert up_of(after) == {"sandbox/1": 1, "sandbox/2": 1, "sandbox/3": 1}
        assert sorted(house.asked()) == [1, 2, 3]
        assert live(after, "up") is None
        assert after["api_requests_total", "sandbox/200"] == 3

    play(house, story)


def test_at_another_address_the_counters_go_on_and_the_jobs_are_others(house: House) -> None:
    jobs = [SimulatedJob(one, created=START, runs=1e6, total=7) for one in (1, 2, 3)]

    async def story(house: House) -> None:
        house.api.remove(3)
        before = await house.scrape()
        with Simulator(jobs, api_key=KEY, clock=lambda: START) as other:
            other.fail(Fault.SERVER_ERROR, 3)
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape()
        assert live(after, "service_job_items", 1) == 7
        assert live(after, "api_requests_total", 200) == 4
        assert live(after, "service_job_fetch_errors_total", 3) == 2
        assert_no_counter_goes_back(before, after)

    play(house, story)


def test_at_another_address_nothing_was_answered_yet(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        with Simulator([], api_key=KEY) as other:
            other.fail(Fault.SERVER_ERROR)
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape(1.0)
        assert live(after, "api_last_answer_timestamp_seconds") is None

    play(house, story)


def assert_no_counter_goes_back(before: Series, after: Series) -> None:
    counters = {key for key in before if key[0].endswith(("_total", "_count", "_bucket"))}
    assert counters
    assert counters <= after.keys()
    assert [key for key in counters if after[key] < before[key]] == []


def test_another_spelling_of_the_address_gives_no_other_share(house: House) -> None:
    url = house.api.base_url.replace("127.0.0.1", "localhost")

    async def story(house: House) -> None:
        jobs = range(1, 1_001)
        house.configure(*jobs)
        await house.reload()
        await spend(house, 1_000)
        for again in range(4):
            house.configure(*jobs, url=url if again % 2 == 0 else "")
            await house.reload()
            await house.scrape(1.0)
        assert len(house.asked()) == 250

    play(house, story)


def test_what_was_said_of_limits_to_another_key_stops_no_reads(house: House) -> None:
    async def story(house: House) -> None:
        house.api.spend(day=house.api.limits.day - 10)
        await house.scrape()
        house.asked()
        house.api.limits = Limits(minute=1_000, day=1_000_000)
        await house.scrape(60.0)
        assert house.asked() == [], "the reserve is reached"
        house.api.api_key = OTHER_KEY
        house.write_key(OTHER_KEY)
        await house.reload()
        await house.scrape(60.0)
        assert sorted(house.asked()) == [1, 2, 3]

    play(house, story)


def test_an_account_that_was_away_has_no_other_share(house: House) -> None:
    async def story(house: House) -> None:
        jobs = range(1, 1_001)
        house.configure(*jobs)
        await house.reload()
        await spend(house, 1_000)
        with Simulator([], api_key=OTHER_KEY) as other:
            house.write_key(OTHER_KEY)
            house.configure(name="other", url=other.base_url)
            await house.reload()
            assert up_of(await house.scrape(1.0)).keys() <= {"other/1", "other/2", "other/3"}
        house.write_key(KEY)
        house.configure(*jobs)
        await house.reload()
        await house.scrape(1.0)
        assert len(house.asked()) == 250
        await house.scrape(60.0)
        assert len(house.asked()) == 250, "a minute later there is one"

    play(house, story)


def test_an_account_that_was_away_goes_on_where_it_was(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        before = await house.scrape()
        house.asked()
        with Simulator([], api_key=OTHER_KEY) as other:
            house.write_key(OTHER_KEY)
            house.configure(name="other", url=other.base_url)
            await house.reload()
        house.write_key(KEY)
        house.configure()
        await house.reload()
        after = await house.scrape()
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 0}
        assert house.asked() == []
        assert_no_counter_goes_back(before, after)

    play(house, story)


def test_an_account_that_was_away_for_more_than_a_day_begins_with_nothing(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        with Simulator([], api_key=KEY) as other:
            house.configure(name="other", url=other.base_url)
            await house.reload()
        house.configure()
        house.seconds += 86_401
        await house.reload()
        assert live(await house.scrape(), "api_requests_total", 200) == 3

    play(house, story)


def test_a_scrape_under_way_reads_nothing_more_of_an_account_that_goes(house: House) -> None:
    async def story(house: House) -> None:
        house.api.latency = 0.05
        house.configure(*range(1, 201))
        await house.reload()
        scrape = asyncio.create_task(spend(house, 200))
        await until(lambda: len(house.api.requests) > 10)
        with Simulator([], api_key=OTHER_KEY) as other:
            house.write_key(OTHER_KEY)
            house.configure(name="other", url=other.base_url)
            await house.reload()
            asked = len(house.api.requests)
            await scrape
        assert len(house.api.requests) <= asked + 8

    play(house, story)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(RateLimited("spent", 429), id="429"),
        pytest.param(NotFound("gone", 404), id="what is left of the day, in another answer"),
    ],
)
def test_what_is_said_to_the_old_key_after_the_reload_stops_no_reads_with_the_new_one(
    error: Failure,
) -> None:
    async def story() -> None:
        said = RateLimit(day=WindowState(5_000, 0, Bench.START + 40_000))
        gate = Gate({1: replace(error, said=said)})
        bench = Bench(gate, jobs=2, concurrency=1)
        scrape = asyncio.create_task(bench.scrape())
        await until(lambda: bool(gate.waiting))
        bench.ledger.with_another_key(bench.clock())
        gate.open()
        await scrape
        await bench.scrape_after(60)
        assert 2 in gate.asked

    run(story())


def test_accounts_that_swap_their_names_leave_each_series_where_it_was(tmp_path: Path) -> None:
    house = House(tmp_path)
    text = (
        "accounts:\n"
        "- {name: a, base_url: URL, api_key_file: key, jobs: [1, 2]}\n"
        "- {name: b, base_url: URL, api_key_file: other, jobs: [3]}\n"
    ).replace("URL", house.api.base_url)
    swapped = text.replace("name: a", "name: x").replace("name: b", "name: a")

    async def story(house: House) -> None:
        (house.folder / "other").write_text(OTHER_KEY, encoding="ascii")
        house.config.write_text(text, encoding="utf-8")
        await house.reload()
        before = await house.scrape()
        assert before["api_requests_total", "a/200"] == 2
        house.config.write_text(swapped.replace("name: x", "name: b"), encoding="utf-8")
        await house.reload()
        after = await house.scrape(1.0)
        assert (after["up", "a"], after["up", "b"]) == (0, 1)
        assert after["api_requests_total", "a/200"] == 2
        assert after["api_requests_total", "b/200"] == 2
        of_accounts = {key: value for key, value in before.items() if "service_job" not in key[0]}
        assert_no_counter_goes_back(of_accounts, after)

    with opened(house):
        play(house, story)
