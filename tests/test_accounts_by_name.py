"""An account that changes its name or its address keeps what it has spent."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from exporter.secret import Secret
from exporter.simulator import SimulatedJob, Simulator
from exporter.succession import Identity, predecessors
from tests.house import OTHER_KEY, House, live, opened, play, until, up_of
from tests.readers import KEY
from tests.stage import START, Series


def who(text: str) -> Identity:
    """Return an account by its name, the number of its address and that of its key."""
    name, url, key = text
    return Identity(name, f"https://{url}.example/v1", Secret(key))


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        pytest.param("a11", "a11", [0], id="as it was"),
        pytest.param("b11", "a11", [0], id="renamed"),
        pytest.param("a12", "a11", [0], id="with a new key"),
        pytest.param("a21", "a11", [0], id="at another address"),
        pytest.param("b21", "a11", [0], id="renamed, and at another address"),
        pytest.param("a22", "a11", [None], id="another account by the name of the old one"),
        pytest.param("b12", "a11", [None], id="another account at the same address"),
        pytest.param("a11 b12", "a12 b11", [1, 0], id="two that swap their names"),
        pytest.param("a11 b11", "b11", [None, 0], id="a second one by the same key"),
        pytest.param("a12 b11", "a11", [None, 0], id="renamed, and another by its old name"),
        pytest.param("a11", "x11 a11 a12", [1], id="the most alike"),
        pytest.param("a11", "", [None], id="the first one"),
        pytest.param("", "a11", [], id="none any more"),
    ],
)
def test_an_account_is_the_old_one_that_is_most_alike(
    new: str, old: str, expected: list[int | None]
) -> None:
    assert (
        predecessors([who(one) for one in new.split()], [who(one) for one in old.split()])
        == expected
    )


def spend(house: House, jobs: int) -> Awaitable[Series]:
    """Scrape so many jobs as would spend the minute's share."""
    for job_id in range(1, jobs + 1):
        house.api.put(SimulatedJob(job_id, created=START, runs=1e6))
    return house.scrape()


def test_an_account_by_another_name_is_the_same_account(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        house.asked()
        house.configure(name="sandbox")
        await house.reload()
        after = await house.scrape()
        assert up_of(after) == {"sandbox/1": 1, "sandbox/2": 1, "sandbox/3": 1}
        assert house.asked() == []
        assert live(after, "up") is None
        remaining = "api_budget_remaining"
        assert after[remaining, "sandbox/minute"] == before[remaining, "live/minute"]

    play(house, story)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"name": "other"}, id="another name"),
        pytest.param({"url": "localhost"}, id="another spelling of the address"),
        pytest.param({"name": "other", "url": "localhost"}, id="both"),
    ],
)
def test_no_change_of_an_account_gives_it_another_share(
    house: House, change: dict[str, str]
) -> None:
    url = house.api.base_url.replace("127.0.0.1", change.get("url", "127.0.0.1"))

    async def story(house: House) -> None:
        jobs = range(1, 1_001)
        house.configure(*jobs)
        await house.reload()
        await spend(house, 1_000)
        for again in range(4):
            house.configure(
                *jobs,
                **({"url": url, "name": change.get("name", "live")} if again % 2 == 0 else {}),
            )
            await house.reload()
            await house.scrape(1.0)
        assert len(house.asked()) == 250

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


def test_an_account_that_was_away_is_read_anew(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        with Simulator([], api_key=OTHER_KEY) as other:
            house.write_key(OTHER_KEY)
            house.configure(name="other", url=other.base_url)
            await house.reload()
        house.write_key(KEY)
        house.configure()
        await house.reload()
        assert len(up_of(await house.scrape())) == 3
        assert sorted(house.asked()) == [1, 2, 3]

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


def test_two_accounts_that_swap_their_names_swap_what_is_known(tmp_path: Path) -> None:
    house = House(tmp_path)
    text = (
        "accounts:\n"
        "- {name: a, base_url: URL, api_key_file: key, jobs: [1]}\n"
        "- {name: b, base_url: URL, api_key_file: other, jobs: [2]}\n"
    ).replace("URL", house.api.base_url)

    async def story(house: House) -> None:
        (house.folder / "other").write_text(OTHER_KEY, encoding="ascii")
        house.config.write_text(text, encoding="utf-8")
        await house.reload()
        before = await house.scrape()
        assert (before["up", "a"], before["up", "b"]) == (1, 0)
        house.asked()
        swapped = text.replace("name: a", "name: x").replace("name: b", "name: a")
        house.config.write_text(swapped.replace("name: x", "name: b"), encoding="utf-8")
        await house.reload()
        after = await house.scrape(1.0)
        assert (after["up", "a"], after["up", "b"]) == (0, 1)
        assert house.asked() == []

    with opened(house):
        play(house, story)
