"""A key file that changes while the exporter runs: the next scrape or probe uses the new key."""

import asyncio
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from exporter.model.rate_limit import MINUTE_WINDOW
from tests.support.asgi import Ask, answer_to
from tests.support.in_process import series_of
from tests.support.installation import KEY, OTHER_KEY, Installation, live, play, told, until, up_of

THIRD_KEY = "dGhpcmQ="


async def with_a_refused_key(installation: Installation) -> None:
    """Let the API refuse the key of the start, at a scrape."""
    installation.api.api_key = OTHER_KEY
    series = await installation.scrape()
    assert live(series, "up") == 0
    assert live(series, "api_blocked", "key") == 1
    assert len(installation.asked()) == 1


def test_another_key_in_the_file_ends_the_back_off_of_a_refused_key_in_the_same_scrape(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        installation.write_key(OTHER_KEY)
        after = await installation.scrape(1.0)
        assert live(after, "up") == 1
        assert live(after, "api_blocked", "key") == 0
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 1}

    play(installation, story)


def test_another_key_ends_a_long_back_off_too(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        for _ in range(10):
            await installation.scrape(1000.0)
        installation.write_key(OTHER_KEY)
        assert live(await installation.scrape(1.0), "up") == 1

    play(installation, story)


def test_a_probe_notices_another_key_as_a_scrape_does(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        installation.write_key(OTHER_KEY)
        installation.seconds += 1.0
        probed = series_of(await answer_to(installation.app, Ask("/probe?target=4")))
        assert live(probed, "service_job_up", 4) == 1

    play(installation, story)


def written_again(installation: Installation) -> None:
    installation.write_key(KEY)


def emptied(installation: Installation) -> None:
    installation.write_key("")


def bad(installation: Installation) -> None:
    installation.write_key(f"'{OTHER_KEY}'")


def removed(installation: Installation) -> None:
    (installation.folder / "key").unlink(missing_ok=True)


def bad_and_good_in_turn(installation: Installation) -> None:
    installation.write_key("" if int(installation.seconds) % 2 else KEY)


def one_of_two_refused_keys(installation: Installation) -> None:
    installation.write_key(THIRD_KEY if int(installation.seconds) % 2 else KEY)


@pytest.mark.parametrize(
    ("change", "tried"),
    [
        pytest.param(written_again, 0, id="the same key, written again"),
        pytest.param(emptied, 0, id="no key"),
        pytest.param(bad, 0, id="a bad one"),
        pytest.param(removed, 0, id="no file"),
        pytest.param(bad_and_good_in_turn, 0, id="a bad one and the same in turn"),
        pytest.param(one_of_two_refused_keys, 1, id="another refused key and the same in turn"),
    ],
)
def test_a_refused_key_keeps_its_back_off_whatever_else_happens_to_the_file(
    installation: Installation, change: Callable[[Installation], None], tried: int
) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        for _ in range(20):
            change(installation)
            await installation.scrape(1.0)
        assert len(installation.asked()) == tried

    play(installation, story)


def test_another_key_that_is_refused_too_has_a_back_off_of_its_own(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        installation.write_key(THIRD_KEY)
        for _ in range(20):
            assert live(await installation.scrape(1.0), "api_blocked", "key") == 1
        assert len(installation.asked()) == 1
        await installation.scrape(60.0)
        assert len(installation.asked()) == 1

    play(installation, story)


def test_a_key_that_was_refused_and_then_accepted_is_tried_at_once_when_it_comes_back(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await with_a_refused_key(installation)
        installation.write_key(OTHER_KEY)
        await installation.scrape(1.0)
        installation.api.api_key = KEY
        await installation.scrape(60.0)
        installation.write_key(KEY)
        assert live(await installation.scrape(1.0), "up") == 1

    play(installation, story)


def test_the_end_of_a_refusal_by_another_key_is_logged(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            await with_a_refused_key(installation)
            installation.write_key(OTHER_KEY)
            await installation.scrape(1.0)
        assert [line["event"] for line in logs if line["log_level"] != "debug"] == [
            "API cannot be read",
            "API can be read again",
        ]

    play(installation, story)


def limit_of(installation: Installation) -> int | None:
    """Return the limit of a minute, which is forgotten with the key that it was said to."""
    (account,) = installation.reloader.collector.snapshot().accounts
    return account.windows[MINUTE_WINDOW].limit


def test_a_late_refusal_of_the_old_key_is_not_held_against_the_one_in_the_file(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.api.api_key = OTHER_KEY
        with installation.holding():
            scrape = asyncio.create_task(installation.scrape(60.0))
            await until(lambda: installation.holds)
            installation.write_key(OTHER_KEY)
            again = asyncio.create_task(installation.scrape())
            await until(lambda: limit_of(installation) is None)
        with capture_logs() as logs:
            after = [await scrape, await again, await installation.scrape(1.0)]
        assert [live(series, "up") for series in after] == [1, 1, 1]
        assert up_of(after[2]) == {"live/1": 1, "live/2": 1, "live/3": 1}
        assert told(logs) == []

    play(installation, story)


def test_another_key_costs_no_request_while_no_job_is_due_and_the_account_stays_up(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        installation.asked()
        installation.api.api_key = OTHER_KEY
        installation.write_key(OTHER_KEY)
        assert live(await installation.scrape(1.0), "up") == 1
        assert installation.asked() == []

    play(installation, story)


def test_the_page_says_what_is_wrong_with_a_key_file_until_it_is_good_again(
    installation: Installation,
) -> None:
    async def page() -> str:
        await installation.scrape(1.0)
        return (await answer_to(installation.app, Ask("/"))).text

    async def story(installation: Installation) -> None:
        problem = "expected the API key without quotes around it"
        assert "key file" not in await page()
        installation.write_key(f"'{KEY}'")
        assert problem in await page()
        await installation.reload()
        assert problem in await page()
        installation.write_key(KEY)
        assert "key file" not in await page()

    play(installation, story)
