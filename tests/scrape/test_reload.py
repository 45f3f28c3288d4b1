"""What a reload answers and changes, and how reloads that overlap share a load."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.config.loaded import Load, LoadedConfig
from tests.support.asgi import Answer
from tests.support.installation import (
    RELOADED,
    START,
    Installation,
    Slow,
    opened,
    play,
    told,
    until,
    up_of,
)

BAD = "accounts: [{name: live, jobs: [one, 0]}]\nrefresh: {active: soon}\n"


def test_a_bad_file_changes_nothing_but_the_gauge(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        before = await installation.scrape()
        installation.asked()
        installation.config.write_text(BAD, encoding="utf-8")
        with capture_logs() as logs:
            answer = await installation.reload()
        assert answer == Answer(
            500,
            {},
            b"".join(
                f"{installation.config}: {problem}\n".encode()
                for problem in (
                    "accounts[0].jobs[0]: expected a job id, or a mapping with an id",
                    "accounts[0].jobs[1].id: expected more than 0",
                    "refresh.active: expected a duration such as 30s, 5m or 1h30m",
                )
            ),
        )
        assert told(logs) == ["error"]
        after = await installation.scrape()
        assert installation.asked() == []
        differing = {
            key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        }
        assert {name for name, _ in differing} - {"exporter_collect_duration_seconds"} == {
            "exporter_config_last_reload_successful"
        }

    play(installation, story)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(
            lambda installation: installation.config.unlink(),
            "expected a readable file: No such file or directory",
            id="no file",
        ),
        pytest.param(
            lambda installation: installation.configure(key_file="other"),
            "accounts[0].api_key_file: expected a readable file: No such file or directory",
            id="no key",
        ),
    ],
)
def test_a_reload_that_finds_no_file_says_which(
    installation: Installation, spoil: Callable[[Installation], None], problem: str
) -> None:
    async def story(installation: Installation) -> None:
        spoil(installation)
        answer = await installation.reload()
        assert (answer.status, answer.text) == (500, f"{installation.config}: {problem}\n")
        assert len(up_of(await installation.scrape())) == 3

    play(installation, story)


def test_a_good_file_after_a_bad_one_sets_the_gauges_again(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        installation.config.write_text(BAD, encoding="utf-8")
        await installation.reload()
        installation.configure()
        installation.seconds += 5.0
        assert await installation.reload() == RELOADED
        after = await installation.scrape()
        assert after["exporter_config_last_reload_successful", ""] == 1
        assert after["exporter_config_last_reload_success_timestamp_seconds", ""] == START + 5

    play(installation, story)


def test_an_error_of_the_exporters_own_in_a_reload_changes_nothing(tmp_path: Path) -> None:
    def failing(load: Load) -> Load:
        def once(before: LoadedConfig | None) -> LoadedConfig:
            if loads:
                raise ZeroDivisionError
            loads.append(1)
            return load(before)

        return once

    loads: list[int] = []

    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            answer = await installation.reload()
        assert answer.text == "the exporter failed to load it: ZeroDivisionError\n"
        assert told(logs) == ["error"]
        assert len(up_of(await installation.scrape())) == 3

    with opened(Installation(tmp_path, failing)) as installation:
        play(installation, story)


def test_reloads_that_come_while_one_is_under_way_share_the_next(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        first = asyncio.create_task(installation.reload())
        await until(lambda: slow.begun == 2)
        installation.configure(4)
        others = [asyncio.create_task(installation.reload()) for _ in range(20)]
        await asyncio.sleep(0)
        slow.gate.release(2)
        assert await asyncio.gather(first, *others) == [RELOADED] * 21
        assert slow.begun == 3
        assert up_of(await installation.scrape()) == {"live/4": 1}, (
            "changes that were written meanwhile count"
        )

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_a_scrape_goes_on_while_a_reload_loads(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        installation.configure(4)
        reload = asyncio.create_task(installation.reload())
        await until(lambda: slow.begun == 2)
        assert len(up_of(await installation.scrape())) == 3
        slow.gate.release()
        assert await reload == RELOADED
        assert up_of(await installation.scrape()) == {"live/4": 1}

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_a_reload_goes_on_though_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        first = asyncio.create_task(installation.reload())
        await until(lambda: slow.begun == 2)
        installation.configure(4)
        gone = asyncio.create_task(installation.reload())
        await asyncio.sleep(0)
        gone.cancel()
        slow.gate.release(2)
        await first
        await until(lambda: slow.begun == 3)
        while up_of(await installation.scrape()) != {"live/4": 1}:
            pass

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_one_load_runs_at_a_time(tmp_path: Path) -> None:
    running: list[int] = []

    def alone(load: Load) -> Load:
        def once(before: LoadedConfig | None) -> LoadedConfig:
            running.append(len(running))
            loaded = load(before)
            running.pop()
            most.append(len(running))
            return loaded

        return once

    most: list[int] = []

    async def story(installation: Installation) -> None:
        for _ in range(5):
            await asyncio.gather(*(installation.reload() for _ in range(3)))
        assert set(most) == {0}

    with opened(Installation(tmp_path, alone)) as installation:
        play(installation, story)
