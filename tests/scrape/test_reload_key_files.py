"""Key files that are bad, or that every user may read: what a reload keeps, and what is logged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.loaded import load_everything
from exporter.scrape.reload import Reloader
from tests.support.installation import KEY, OTHER_KEY, RELOADED, Installation, live, play


def named(logs: list[EventDict]) -> list[tuple[str, str]]:
    """Return the level and the file of each line that names one."""
    return [
        (line["log_level"], Path(line["file"]).name) for line in logs if "key file" in line["event"]
    ]


def expose(installation: Installation, *, name: str = "key") -> None:
    (installation.folder / name).chmod(0o644)


def test_a_start_names_a_key_file_once_however_many_accounts_use_it(
    installation: Installation,
) -> None:
    expose(installation)
    account = f"base_url: '{installation.api.base_url}', api_key_file: key"
    text = f"accounts: [{{name: a, {account}, jobs: [1]}}, {{name: b, {account}, jobs: [1]}}]"
    installation.config.write_text(text, encoding="utf-8")
    loaded = load_everything(installation.config, None)
    with capture_logs() as logs:
        Reloader(loaded, lambda _: loaded, installation.now).close()
    assert named(logs) == [("warning", "key")]


def test_scrapes_and_reloads_name_a_key_file_once(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        await installation.scrape()
        expose(installation)
        with capture_logs() as logs:
            for _ in range(3):
                await installation.scrape(60.0)
                assert await installation.reload() == RELOADED
        assert named(logs) == [("warning", "key")]

    play(installation, story)


def test_a_reload_names_a_key_file_that_it_brings(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        (installation.folder / "other").write_text(OTHER_KEY, encoding="ascii")
        expose(installation, name="other")
        installation.configure(key_file="other")
        with capture_logs() as logs:
            assert await installation.reload() == RELOADED
        assert named(logs) == [("warning", "other")]

    play(installation, story)


def test_a_reload_that_fails_names_none(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        expose(installation)
        installation.configure(more="unknown: 1")
        with capture_logs() as logs:
            assert (await installation.reload()).status == 500
        assert named(logs) == []

    play(installation, story)


Spoil = Callable[[Installation], None]


def writes(text: str) -> Spoil:
    return lambda installation: installation.write_key(text)


def removes_the_key(installation: Installation) -> None:
    (installation.folder / "key").unlink()


BAD = [
    pytest.param(removes_the_key, id="gone"),
    pytest.param(writes(""), id="empty"),
    pytest.param(writes(f"'{OTHER_KEY}'"), id="a key in quotes"),
    pytest.param(writes(f"Basic {OTHER_KEY}"), id="Basic before a key"),
    pytest.param(writes(f"{OTHER_KEY}!"), id="no base64"),
]


@pytest.mark.parametrize("spoil", BAD)
def test_a_reload_keeps_the_last_good_key_of_a_file_that_turned_bad_and_says_so_once(
    installation: Installation, spoil: Spoil
) -> None:
    async def story(installation: Installation) -> None:
        spoil(installation)
        with capture_logs() as logs:
            for job in (3, 4):
                installation.configure(1, 2, job)
                assert await installation.reload() == RELOADED
                assert live(await installation.scrape(60.0), "service_job_up", job) == 1
        assert named(logs) == [("warning", "key")]

    play(installation, story)


def test_the_key_that_a_reload_keeps_is_the_last_that_the_file_held(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.api.api_key = OTHER_KEY
        installation.write_key(OTHER_KEY)
        await installation.scrape()
        removes_the_key(installation)
        assert await installation.reload() == RELOADED
        assert live(await installation.scrape(60.0), "up") == 1

    play(installation, story)


def test_an_account_with_another_name_has_the_last_good_key_of_the_file_too(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        removes_the_key(installation)
        installation.configure(name="sandbox")
        assert await installation.reload() == RELOADED
        assert (await installation.scrape())["up", "sandbox"] == 1

    play(installation, story)


@pytest.mark.parametrize("spoil", BAD)
def test_a_reload_that_brings_a_bad_key_file_is_refused(
    installation: Installation, spoil: Spoil
) -> None:
    async def story(installation: Installation) -> None:
        spoil(installation)
        if (installation.folder / "key").exists():
            (installation.folder / "key").rename(installation.folder / "other")
        installation.write_key(KEY)
        installation.configure(key_file="other")
        answer = await installation.reload()
        assert answer.status == 500
        assert f"{installation.config}: accounts[0].api_key_file: expected " in answer.text
        assert live(await installation.scrape(), "up") == 1

    play(installation, story)


def test_a_reload_that_finds_a_bad_key_file_good_again_says_so(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            removes_the_key(installation)
            await installation.reload()
            installation.write_key(KEY)
            await installation.reload()
            await installation.scrape(60.0)
        assert named(logs) == [("warning", "key"), ("info", "key")]

    play(installation, story)


def test_a_reload_that_fails_for_another_cause_says_nothing_of_a_bad_key_file_yet(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        removes_the_key(installation)
        account = f"base_url: '{installation.api.base_url}', jobs: [1]"
        text = f"accounts: [{{name: a, {account}, api_key_file: key}}, {{name: b, {account}, "
        installation.config.write_text(f"{text}api_key_file: none}}]", encoding="utf-8")
        with capture_logs() as logs:
            assert (await installation.reload()).status == 500
            assert named(logs) == []
            await installation.scrape()
        assert named(logs) == [("warning", "key")]

    play(installation, story)
