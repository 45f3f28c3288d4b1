"""Key files that every user may read are named in the log: at the start and when they become so."""

from pathlib import Path

from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.job_files import JobFiles
from exporter.config.loaded import load_everything
from exporter.scrape.reload import Reloader
from tests.support.installation import OTHER_KEY, RELOADED, Installation, play


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
    loaded = load_everything(installation.config, JobFiles())
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
        text = installation.config.read_text(encoding="utf-8").replace("file: key", "file: other")
        installation.config.write_text(text, encoding="utf-8")
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
