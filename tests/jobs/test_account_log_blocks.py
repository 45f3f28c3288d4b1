"""What the log says of what stops an account's reads for long."""

from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from benchmarks.virtual_time import run
from exporter.config.sections import Quota
from exporter.model.failures import RateLimited, ServerError
from exporter.model.rate_limit import RateLimit, WindowState
from tests.support.readers import DOWN
from tests.support.virtual_account import REFUSED, VirtualAccount, clock

Story = Callable[[VirtualAccount], Awaitable[None]]
TEST_DRIVE = Quota(per_minute=10, per_day=500)


def day(remaining: int, seconds: float) -> RateLimit:
    """Return what headers say of the day: `remaining` requests, for `seconds` until the reset."""
    reset = clock().unix + seconds
    return RateLimit(WindowState(1_000, 900), WindowState(180_000, remaining, reset))


def minute(remaining: int, seconds: float) -> RateLimit:
    """Return what headers say of the minute."""
    reset = clock().unix + seconds
    return RateLimit(WindowState(1_000, remaining, reset), WindowState(180_000, 170_000))


def spent(seconds: float) -> RateLimited:
    """Return a 429 that asks to wait `seconds`."""
    return RateLimited("spent (429)", 429, said=RateLimit(retry_after=seconds))


def logged(story: Story, jobs: int = 2, quota: Quota | None = None) -> list[EventDict]:
    """Play the story of an account, and return its lines in the log above level debug."""

    async def whole() -> None:
        account = VirtualAccount(jobs, quota)
        with capture_logs() as logs:
            await story(account)
        lines.extend(one for one in logs if one["log_level"] != "debug")

    lines: list[EventDict] = []
    run(whole())
    return lines


def line(level: str, event: str, **more: object) -> EventDict:
    return {"account": "live", "log_level": level, "event": event, **more}


def test_the_reserve_is_logged_when_it_is_reached_and_when_the_window_has_reset() -> None:
    async def story(account: VirtualAccount) -> None:
        account.said = day(18_000, 3_600.0)
        await account.scrape()
        account.said = day(170_000, 86_400.0)
        await account.scrape(300)

    assert logged(story) == [
        line("warning", "reads stopped", cause="reserve", until="2023-11-14T23:13:20Z"),
        line("info", "reads resumed", cause="reserve", seconds=3_615),
    ]


def test_the_next_scrape_logs_the_end_of_a_block_though_it_reads_nothing() -> None:
    async def story(account: VirtualAccount) -> None:
        account.said = day(18_000, 120.0)
        await account.scrape()
        account.ledger.watch([], clock())
        await account.scrape(10)

    assert [one["event"] for one in logged(story)] == [
        "reads stopped",
        "watched jobs changed",
        "reads resumed",
    ]


def test_a_reserve_that_is_reached_again_at_the_reset_is_not_logged_again() -> None:
    async def story(account: VirtualAccount) -> None:
        for _ in range(3):
            account.said = day(18_000, 600.0)
            await account.scrape(40)

    assert [one["event"] for one in logged(story)] == ["reads stopped"]


def test_the_reserve_of_a_minute_is_not_logged_however_often_it_is_reached() -> None:
    async def story(account: VirtualAccount) -> None:
        for _ in range(60):
            account.said = minute(100, 60.0)
            await account.scrape(4)

    assert logged(story) == []


@pytest.mark.parametrize("seconds", [91.0, 3_600.0])
def test_a_429_that_asks_for_a_long_wait_is_logged_and_so_is_its_end(seconds: float) -> None:
    async def story(account: VirtualAccount) -> None:
        account.fate = lambda _: spent(seconds)
        await account.scrape()
        account.fate = lambda _: None
        await account.scrape(300)

    stopped, resumed = logged(story)
    assert (stopped["event"], stopped["cause"]) == ("reads stopped", "rate_limited")
    assert (resumed["event"], resumed["cause"]) == ("reads resumed", "rate_limited")
    assert seconds <= resumed["seconds"] <= seconds + 16


def test_a_429_that_is_over_within_a_minute_is_not_logged() -> None:
    async def story(account: VirtualAccount) -> None:
        account.fate = lambda _: spent(60.0)
        await account.scrape()
        account.fate = lambda _: None
        await account.scrape(10)

    assert logged(story) == []


def test_a_429_that_comes_again_each_minute_is_logged_once() -> None:
    async def story(account: VirtualAccount) -> None:
        account.fate = lambda _: spent(60.0)
        await account.scrape(40)
        account.fate = lambda _: None
        await account.scrape(10)

    assert [one["event"] for one in logged(story)] == ["reads stopped", "reads resumed"]


def test_the_share_of_a_small_account_is_logged_once_though_it_allows_a_read_now_and_then() -> None:
    async def story(account: VirtualAccount) -> None:
        account.said = RateLimit(WindowState(10, 9), WindowState(500, 400))
        await account.scrape(2_000)
        assert len(account.asked) > 20

    (stopped,) = logged(story, jobs=1, quota=TEST_DRIVE)
    assert (stopped["log_level"], stopped["event"], stopped["cause"]) == (
        "info",
        "reads stopped",
        "share",
    )


def test_the_end_of_the_share_is_logged_once_reads_are_allowed_more_often() -> None:
    async def story(account: VirtualAccount) -> None:
        account.said = RateLimit(WindowState(10, 9), WindowState(500, 400))
        await account.scrape(200)
        account.ledger.permits.governed_by(Quota())
        account.said = RateLimit(WindowState(1_000, 900), WindowState(180_000, 170_000))
        await account.scrape(200)

    assert [(one["event"], one["cause"]) for one in logged(story, jobs=1, quota=TEST_DRIVE)] == [
        ("reads stopped", "share"),
        ("reads resumed", "share"),
    ]


def test_an_api_that_asks_to_be_left_alone_is_logged_with_the_time_until_then() -> None:
    async def story(account: VirtualAccount) -> None:
        later = ServerError("the API failed (503)", 503, said=RateLimit(retry_after=600.0))
        account.fate = lambda _: later
        await account.scrape()
        account.fate = lambda _: None
        await account.scrape(60)

    down, up = logged(story)
    assert (down["event"], down["cause"]) == ("API cannot be read", "unreachable")
    assert down["until"] == "2023-11-14T22:23:20Z"
    assert (up["event"], up["cause"]) == ("API can be read again", "unreachable")
    assert 600 <= up["seconds"] <= 616


def test_a_key_that_is_refused_after_an_outage_is_logged_as_well_and_both_have_one_end() -> None:
    async def story(account: VirtualAccount) -> None:
        for fate in (DOWN, REFUSED, DOWN, REFUSED, None):
            account.fate = lambda _, fate=fate: fate  # type: ignore[misc]
            await account.scrape(80)

    assert [(one["event"], one["cause"]) for one in logged(story)] == [
        ("API cannot be read", "unreachable"),
        ("API cannot be read", "key"),
        ("API can be read again", "key"),
    ]


def test_the_end_of_an_outage_names_the_cause_that_was_met_last() -> None:
    async def story(account: VirtualAccount) -> None:
        for fate in (REFUSED, DOWN, REFUSED, None):
            account.fate = lambda _, fate=fate: fate  # type: ignore[misc]
            await account.scrape(80)

    *_, end = logged(story)
    assert (end["event"], end["cause"]) == ("API can be read again", "key")


def test_a_429_is_not_the_end_of_an_outage() -> None:
    async def story(account: VirtualAccount) -> None:
        for fate in (DOWN, spent(120.0), None):
            account.fate = lambda _, fate=fate: fate  # type: ignore[misc]
            await account.scrape(20)

    assert [(one["event"], one["cause"]) for one in logged(story)] == [
        ("API cannot be read", "unreachable"),
        ("reads stopped", "rate_limited"),
        ("API can be read again", "unreachable"),
        ("reads resumed", "rate_limited"),
    ]


def test_a_block_that_an_outage_hid_is_logged_after_the_outage() -> None:
    async def story(account: VirtualAccount) -> None:
        account.fate = lambda _: DOWN
        await account.scrape(20)
        account.fate = lambda _: None
        account.said = day(18_000, 3_600.0)
        await account.scrape(20)

    assert [(one["event"], one["cause"]) for one in logged(story)] == [
        ("API cannot be read", "unreachable"),
        ("API can be read again", "unreachable"),
        ("reads stopped", "reserve"),
    ]
