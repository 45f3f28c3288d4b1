"""Key files that every user may read are named in the log: at the start and when they become so."""

from pathlib import Path

from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.job_files import JobFiles
from exporter.config.loaded import load_everything
from exporter.scrape.reload import Reloader
from tests.support.house import OTHER_KEY, RELOADED, House, play


def named(logs: list[EventDict]) -> list[tuple[str, str]]:
    """Return the level and the file of each line that names one."""
    return [
        (line["log_level"], Path(line["file"]).name) for line in logs if "key file" in line["event"]
    ]


def expose(house: House, *, name: str = "key") -> None:
    (house.folder / name).chmod(0o644)


def test_a_start_names_a_key_file_once_however_many_accounts_use_it(house: House) -> None:
    expose(house)
    account = f"base_url: '{house.api.base_url}', api_key_file: key"
    text = f"accounts: [{{name: a, {account}, jobs: [1]}}, {{name: b, {account}, jobs: [1]}}]"
    house.config.write_text(text, encoding="utf-8")
    loaded = load_everything(house.config, JobFiles())
    with capture_logs() as logs:
        Reloader(loaded, lambda _: loaded, house.now).close()
    assert named(logs) == [("warning", "key")]


def test_scrapes_and_reloads_name_a_key_file_once(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        expose(house)
        with capture_logs() as logs:
            for _ in range(3):
                await house.scrape(60.0)
                assert await house.reload() == RELOADED
        assert named(logs) == [("warning", "key")]

    play(house, story)


def test_a_reload_names_a_key_file_that_it_brings(house: House) -> None:
    async def story(house: House) -> None:
        (house.folder / "other").write_text(OTHER_KEY, encoding="ascii")
        expose(house, name="other")
        text = house.config.read_text(encoding="utf-8").replace("file: key", "file: other")
        house.config.write_text(text, encoding="utf-8")
        with capture_logs() as logs:
            assert await house.reload() == RELOADED
        assert named(logs) == [("warning", "other")]

    play(house, story)


def test_a_reload_that_fails_names_none(house: House) -> None:
    async def story(house: House) -> None:
        expose(house)
        house.configure(more="unknown: 1")
        with capture_logs() as logs:
            assert (await house.reload()).status == 500
        assert named(logs) == []

    play(house, story)
