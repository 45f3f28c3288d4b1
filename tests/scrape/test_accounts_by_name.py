"""Accounts are known by their names: what a reload keeps when names go, come back or swap."""

from pathlib import Path

from structlog.testing import capture_logs

from exporter.simulator import Simulator
from tests.scrape.reloads import counters_that_went_back, scrape_first
from tests.support.installation import KEY, OTHER_KEY, Installation, live, opened, play, up_of


def test_an_account_by_another_name_is_another_account(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.asked()
        installation.configure(name="sandbox")
        await installation.reload()
        after = await installation.scrape()
        assert up_of(after) == {"sandbox/1": 1, "sandbox/2": 1, "sandbox/3": 1}
        assert sorted(installation.asked()) == [1, 2, 3]
        assert live(after, "up") is None
        assert after["api_requests_total", "sandbox/200"] == 3

    play(installation, story)


def test_an_account_that_comes_back_has_no_second_share(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        jobs = range(1, 1_001)
        installation.configure(*jobs)
        await installation.reload()
        await scrape_first(installation, 1_000)
        with Simulator([], api_key=OTHER_KEY) as other:
            installation.write_key(OTHER_KEY)
            installation.configure(name="other", url=other.base_url)
            await installation.reload()
            assert up_of(await installation.scrape(1.0)).keys() <= {"other/1", "other/2", "other/3"}
        installation.write_key(KEY)
        installation.configure(*jobs)
        await installation.reload()
        await installation.scrape(1.0)
        assert len(installation.asked()) == 250
        await installation.scrape(60.0)
        assert len(installation.asked()) == 250, "a minute later there is another share"

    play(installation, story)


def test_an_account_that_comes_back_keeps_its_readings_and_counters(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        before = await installation.scrape()
        installation.asked()
        with Simulator([], api_key=OTHER_KEY) as other:
            installation.write_key(OTHER_KEY)
            installation.configure(name="other", url=other.base_url)
            await installation.reload()
        installation.write_key(KEY)
        installation.configure()
        await installation.reload()
        after = await installation.scrape()
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 0}
        assert installation.asked() == []
        assert counters_that_went_back(before, after) == []

    play(installation, story)


def test_an_account_that_comes_back_after_more_than_a_day_begins_unread(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        with Simulator([], api_key=KEY) as other:
            installation.configure(name="other", url=other.base_url)
            await installation.reload()
        installation.configure()
        installation.seconds += 86_401
        await installation.reload()
        assert live(await installation.scrape(), "api_requests_total", 200) == 3

    play(installation, story)


def test_accounts_that_swap_their_names_leave_each_series_where_it_was(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    text = (
        "accounts:\n"
        "- {name: a, base_url: URL, api_key_file: key, jobs: [1, 2]}\n"
        "- {name: b, base_url: URL, api_key_file: other, jobs: [3]}\n"
    ).replace("URL", installation.api.base_url)
    swapped = text.replace("name: a", "name: x").replace("name: b", "name: a")

    async def story(installation: Installation) -> None:
        (installation.folder / "other").write_text(OTHER_KEY, encoding="ascii")
        installation.config.write_text(text, encoding="utf-8")
        await installation.reload()
        before = await installation.scrape()
        assert before["api_requests_total", "a/200"] == 2
        installation.config.write_text(swapped.replace("name: x", "name: b"), encoding="utf-8")
        await installation.reload()
        after = await installation.scrape(1.0)
        assert (after["up", "a"], after["up", "b"]) == (0, 1)
        assert after["api_requests_total", "a/200"] == 2
        assert after["api_requests_total", "b/200"] == 2
        of_accounts = {key: value for key, value in before.items() if "service_job" not in key[0]}
        assert counters_that_went_back(of_accounts, after) == []

    with opened(installation):
        play(installation, story)


def test_an_account_that_comes_back_logs_anew_which_jobs_cannot_be_read(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.remove(3)
        with capture_logs() as logs:
            for name in ("live", "other", "live"):
                installation.configure(name=name)
                await installation.reload()
                await installation.scrape(30.0)
        lines = [line for line in logs if line["event"] == "job cannot be read"]
        assert [line["account"] for line in lines] == ["live", "other", "live"]

    play(installation, story)
