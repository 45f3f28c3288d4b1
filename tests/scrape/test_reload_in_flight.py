"""Keys, words and addresses that change while reads are under way."""

import asyncio

from structlog.testing import capture_logs

from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.support.house import JOBS, OTHER_KEY, House, live, play, told, until, up_of
from tests.support.readers import KEY
from tests.support.stage import START


def test_an_answer_from_the_old_address_is_not_taken_for_one_from_the_new(house: House) -> None:
    async def story(house: House) -> None:
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: house.now().unix) as other:
            with house.holding():
                scrape = asyncio.create_task(house.scrape())
                await until(lambda: house.holds)
                house.configure(url=other.base_url)
                await house.reload()
            await scrape
            after = await house.scrape(1.0)
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]

    play(house, story)


def test_a_late_refusal_of_the_old_key_says_nothing_of_the_new_one(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.api.api_key = OTHER_KEY
        with house.holding():
            scrape = asyncio.create_task(house.scrape(60.0))
            await until(lambda: house.holds)
            house.write_key(OTHER_KEY)
            await house.reload()
        with capture_logs() as logs:
            after = [await scrape, await house.scrape(1.0)]
        assert [live(series, "up") for series in after] == [1, 1]
        assert up_of(after[1]) == {"live/1": 1, "live/2": 1, "live/3": 1}
        assert told(logs) == []

    play(house, story)


def test_a_file_of_another_key_is_used_for_the_next_read(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        (house.folder / "new").write_text(OTHER_KEY, encoding="ascii")
        text = house.config.read_text(encoding="utf-8")
        house.config.write_text(
            text.replace("api_key_file: key", "api_key_file: new"), encoding="utf-8"
        )
        await house.reload()
        assert live(await house.scrape(), "up") == 1

    play(house, story)


def test_a_key_that_was_rotated_and_refused_is_not_tried_again_for_a_reload(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = "bmVpdGhlcg"
        await house.scrape()
        house.write_key(OTHER_KEY)
        await house.scrape(60.0)
        house.asked()
        await house.reload()
        await house.scrape(1.0)
        assert house.asked() == []

    play(house, story)


def test_a_word_that_changes_while_a_job_is_read_is_taken_as_it_is_then(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(more="statuses: {Processing: failed}\nrefresh: {finished: '0'}")
        await house.reload()
        with house.holding():
            scrape = asyncio.create_task(house.scrape())
            await until(lambda: house.holds)
            house.configure(more="refresh: {finished: '0'}")
            await house.reload()
        await scrape
        after = await house.scrape(1.0)
        assert [live(after, "service_job_state", one, "running") for one in JOBS] == [1, 1, 1]
        assert live(after, "jobs_finished_total", "failed") == 0

    play(house, story)


def test_a_word_that_changes_ends_no_back_off(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.api.fail(Fault.SERVER_ERROR, 3)
        await house.scrape(10.0)
        house.asked()
        house.configure(more="statuses: {Processing: failed}")
        await house.reload()
        await house.scrape(1.0)
        assert sorted(house.asked()) == [1, 2]

    play(house, story)


def test_how_many_are_read_at_once_changes_with_the_file(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(more="refresh: {concurrency: 1}")
        await house.reload()
        house.api.fail(Fault.HANG)
        house.asked()
        scrape = asyncio.create_task(house.scrape(10.0))
        await until(lambda: bool(house.api.requests))
        house.reloader.collector.stop()
        await scrape
        assert len(house.asked()) == 1

    play(house, story)
