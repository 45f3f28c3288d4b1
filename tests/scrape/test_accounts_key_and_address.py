"""What a reload keeps of an account whose key or address has changed."""

from exporter.simulator import Fault, Limits, SimulatedJob, Simulator
from tests.scrape.reloads import counters_that_went_back, scrape_first
from tests.support.house import JOBS, KEY, OTHER_KEY, START, House, live, play, up_of


def test_a_key_that_changed_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        assert live(await house.scrape(), "up") == 0
        assert len(house.asked()) == 1
        house.write_key(OTHER_KEY)
        await house.reload()
        after = await house.scrape(1.0)
        assert live(after, "up") == 1
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 1}

    play(house, story)


def test_a_key_that_changes_in_a_second_reload_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        await house.reload()
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "up") == 1

    play(house, story)


def test_a_reload_does_not_try_a_refused_key_again(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        house.asked()
        for _ in range(3):
            await house.reload()
            await house.scrape(1.0)
        assert house.asked() == []
        await house.scrape(60.0)
        assert len(house.asked()) == 1

    play(house, story)


def test_a_single_job_for_which_the_key_was_refused_is_tried_with_another_key(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.FORBIDDEN, 3)
        for _ in range(8):
            await house.scrape(60.0)
        house.asked()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 0
        house.api.fail(None, 3)
        house.api.api_key = OTHER_KEY
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 1

    play(house, story)


def test_values_from_one_address_are_not_shown_for_another(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: house.now().unix) as other:
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape()
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]
        assert live(after, "api_budget_remaining", "minute") == 244, (
            "requests to the old address count"
        )

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


def test_a_reload_does_not_try_a_key_again_that_was_rotated_and_refused(house: House) -> None:
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
        assert counters_that_went_back(before, after) == []

    play(house, story)


def test_at_another_address_the_api_has_not_answered_yet(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        with Simulator([], api_key=KEY) as other:
            other.fail(Fault.SERVER_ERROR)
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape(1.0)
        assert live(after, "api_last_answer_timestamp_seconds") is None

    play(house, story)


def test_another_spelling_of_the_address_gives_no_second_share(house: House) -> None:
    url = house.api.base_url.replace("127.0.0.1", "localhost")

    async def story(house: House) -> None:
        jobs = range(1, 1_001)
        house.configure(*jobs)
        await house.reload()
        await scrape_first(house, 1_000)
        for again in range(4):
            house.configure(*jobs, url=url if again % 2 == 0 else "")
            await house.reload()
            await house.scrape(1.0)
        assert len(house.asked()) == 250

    play(house, story)


def test_limits_that_were_said_to_the_old_key_stop_no_reads(house: House) -> None:
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
