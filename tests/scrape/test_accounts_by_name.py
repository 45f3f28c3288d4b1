"""Accounts are known by their names: what a reload keeps when names go, come back or swap."""

from pathlib import Path

from structlog.testing import capture_logs

from exporter.simulator import Simulator
from tests.scrape.reloads import counters_that_went_back, scrape_first
from tests.support.house import KEY, OTHER_KEY, House, live, opened, play, up_of


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


def test_an_account_that_comes_back_has_no_second_share(house: House) -> None:
    async def story(house: House) -> None:
        jobs = range(1, 1_001)
        house.configure(*jobs)
        await house.reload()
        await scrape_first(house, 1_000)
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
        assert len(house.asked()) == 250, "a minute later there is another share"

    play(house, story)


def test_an_account_that_comes_back_keeps_its_readings_and_counters(house: House) -> None:
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
        assert counters_that_went_back(before, after) == []

    play(house, story)


def test_an_account_that_comes_back_after_more_than_a_day_begins_unread(house: House) -> None:
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
        assert counters_that_went_back(of_accounts, after) == []

    with opened(house):
        play(house, story)


def test_an_account_that_comes_back_logs_anew_which_jobs_cannot_be_read(
    house: House,
) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        with capture_logs() as logs:
            for name in ("live", "other", "live"):
                house.configure(name=name)
                await house.reload()
                await house.scrape(30.0)
        lines = [line for line in logs if line["event"] == "job cannot be read"]
        assert [line["account"] for line in lines] == ["live", "other", "live"]

    play(house, story)
