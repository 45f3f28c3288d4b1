"""What a reload keeps of an account whose key or address has changed."""

from exporter.simulator import Fault, Limits, SimulatedJob, Simulator
from tests.scrape.reloads import counters_that_went_back, scrape_first
from tests.support.installation import JOBS, KEY, OTHER_KEY, START, Installation, live, play, up_of


def test_a_key_that_changed_is_used_at_once(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = OTHER_KEY
        assert live(await installation.scrape(), "up") == 0
        assert len(installation.asked()) == 1
        installation.write_key(OTHER_KEY)
        await installation.reload()
        after = await installation.scrape(1.0)
        assert live(after, "up") == 1
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 1}

    play(installation, story)


def test_a_key_that_changes_in_a_second_reload_is_used_at_once(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = OTHER_KEY
        await installation.scrape()
        await installation.reload()
        installation.write_key(OTHER_KEY)
        await installation.reload()
        assert live(await installation.scrape(1.0), "up") == 1

    play(installation, story)


def test_a_reload_does_not_try_a_refused_key_again(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = OTHER_KEY
        await installation.scrape()
        installation.asked()
        for _ in range(3):
            await installation.reload()
            await installation.scrape(1.0)
        assert installation.asked() == []
        await installation.scrape(60.0)
        assert len(installation.asked()) == 1

    play(installation, story)


def test_a_single_job_for_which_the_key_was_refused_is_tried_with_another_key(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.fail(Fault.FORBIDDEN, 3)
        for _ in range(8):
            await installation.scrape(60.0)
        installation.asked()
        assert live(await installation.scrape(1.0), "service_job_up", 3) == 0
        installation.api.fail(None, 3)
        installation.api.api_key = OTHER_KEY
        installation.write_key(OTHER_KEY)
        await installation.reload()
        assert live(await installation.scrape(1.0), "service_job_up", 3) == 1

    play(installation, story)


def test_values_from_one_address_are_not_shown_for_another(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: installation.now().unix) as other:
            installation.configure(url=other.base_url)
            await installation.reload()
            after = await installation.scrape()
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]
        assert live(after, "api_budget_remaining", "minute") == 244, (
            "requests to the old address count"
        )

    play(installation, story)


def test_a_file_of_another_key_is_used_for_the_next_read(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = OTHER_KEY
        (installation.folder / "new").write_text(OTHER_KEY, encoding="ascii")
        text = installation.config.read_text(encoding="utf-8")
        installation.config.write_text(
            text.replace("api_key_file: key", "api_key_file: new"), encoding="utf-8"
        )
        await installation.reload()
        assert live(await installation.scrape(), "up") == 1

    play(installation, story)


def test_a_reload_does_not_try_a_key_again_that_was_rotated_and_refused(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = "bmVpdGhlcg"
        await installation.scrape()
        installation.write_key(OTHER_KEY)
        await installation.scrape(60.0)
        installation.asked()
        await installation.reload()
        await installation.scrape(1.0)
        assert installation.asked() == []

    play(installation, story)


def test_at_another_address_the_counters_go_on_and_the_jobs_are_others(
    installation: Installation,
) -> None:
    jobs = [SimulatedJob(one, created=START, runs=1e6, total=7) for one in (1, 2, 3)]

    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        before = await installation.scrape()
        with Simulator(jobs, api_key=KEY, clock=lambda: START) as other:
            other.fail(Fault.SERVER_ERROR, 3)
            installation.configure(url=other.base_url)
            await installation.reload()
            after = await installation.scrape()
        assert live(after, "service_job_items", 1) == 7
        assert live(after, "api_requests_total", 200) == 4
        assert live(after, "service_job_fetch_errors_total", 3) == 2
        assert counters_that_went_back(before, after) == []

    play(installation, story)


def test_at_another_address_the_api_has_not_answered_yet(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        with Simulator([], api_key=KEY) as other:
            other.fail(Fault.SERVER_ERROR)
            installation.configure(url=other.base_url)
            await installation.reload()
            after = await installation.scrape(1.0)
        assert live(after, "api_last_answer_timestamp_seconds") is None

    play(installation, story)


def test_another_spelling_of_the_address_gives_no_second_share(installation: Installation) -> None:
    url = installation.api.base_url.replace("127.0.0.1", "localhost")

    async def story(installation: Installation) -> None:
        jobs = range(1, 1_001)
        installation.configure(*jobs)
        await installation.reload()
        await scrape_first(installation, 1_000)
        for again in range(4):
            installation.configure(*jobs, url=url if again % 2 == 0 else "")
            await installation.reload()
            await installation.scrape(1.0)
        assert len(installation.asked()) == 250

    play(installation, story)


def test_limits_that_were_said_to_the_old_key_stop_no_reads(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.api.spend(day=installation.api.limits.day - 10)
        await installation.scrape()
        installation.asked()
        installation.api.limits = Limits(minute=1_000, day=1_000_000)
        await installation.scrape(60.0)
        assert installation.asked() == [], "the reserve is reached"
        installation.api.api_key = OTHER_KEY
        installation.write_key(OTHER_KEY)
        await installation.reload()
        await installation.scrape(60.0)
        assert sorted(installation.asked()) == [1, 2, 3]

    play(installation, story)
