"""What is logged of loaded configurations: reloads, within a ration, and disliked labels."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.loaded import Load, LoadedConfig, load_everything
from exporter.scrape.reload import Reloader
from tests.support.installation import Installation, opened, play, told, watch_folder

BAD = "accounts: [{name: live, jobs: [one, 0]}]\n"


def outcomes(logs: list[EventDict]) -> list[tuple[str, int]]:
    """Return the level of each line about a reload, and how many it says were left out."""
    events = ("configuration loaded", "configuration is bad, keeping the old one")
    return [(one["log_level"], one.get("left_out", 0)) for one in logs if one["event"] in events]


@pytest.mark.parametrize(
    ("text", "level"), [(None, "info"), (BAD, "error")], ids=["a good file", "a bad file"]
)
def test_ten_reloads_in_a_loop_are_logged_and_then_one_a_minute(
    installation: Installation, text: str | None, level: str
) -> None:
    async def story(installation: Installation) -> None:
        installation.config.write_text(
            text or installation.config.read_text("utf-8"), encoding="utf-8"
        )
        with capture_logs() as logs:
            for _ in range(100):
                await installation.reload()
                installation.seconds += 1.25
        assert outcomes(logs) == [(level, 0)] * 10 + [(level, 38), (level, 47)]

    play(installation, story)


def test_errors_of_the_exporters_own_in_a_loop_are_rationed_too(tmp_path: Path) -> None:
    def failing(load: Load) -> Load:
        first = [True]

        def once(before: LoadedConfig | None) -> LoadedConfig:
            if not first:
                raise ZeroDivisionError
            first.clear()
            return load(before)

        return once

    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            for _ in range(20):
                await installation.reload()
        assert told(logs) == ["error"] * 10

    with opened(Installation(tmp_path, failing)) as installation:
        play(installation, story)


def test_a_reload_with_another_outcome_is_logged_in_any_case(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        for _ in range(100):
            await installation.reload()
        with capture_logs() as logs:
            for text in (BAD, BAD, "accounts: x", "accounts: x", None, None):
                good = installation.config.read_text(encoding="utf-8")
                installation.config.write_text(text or good, encoding="utf-8")
                await installation.reload()
                installation.configure()
            installation.configure(1)
            await installation.reload()
        assert outcomes(logs) == [("error", 90), ("error", 1), ("info", 1), ("info", 1)]

    play(installation, story)


def test_very_many_problems_are_all_in_the_answer_and_some_in_the_log(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        installation.configure(*([0] * 1_000))
        with capture_logs() as logs:
            answer = await installation.reload()
        assert answer.text.count("\n") == 1_000 * 2 - 1
        assert logs[0]["error"].endswith("; and 1,989 more")

    play(installation, story)


def test_each_reload_is_one_line_however_many_scrapes_follow(tmp_path: Path) -> None:
    async def story(installation: Installation) -> None:
        with capture_logs() as logs:
            for text in ("accounts: [", "accounts: [{KEY: 1}]", None, None):
                good = installation.config.read_text(encoding="utf-8")
                installation.config.write_text(text or good, encoding="utf-8")
                await installation.reload()
                installation.config.write_text(good, encoding="utf-8")
                for _ in range(3):
                    await installation.scrape(after=100.0)
        events = [(one["log_level"], one["event"]) for one in logs if one["log_level"] != "debug"]
        bad, good = "configuration is bad, keeping the old one", "configuration loaded"
        assert events == [("error", bad), ("error", bad), ("info", good), ("info", good)]

    with opened(Installation(tmp_path)) as installation:
        play(installation, story)


CAMEL = "- {id: 2, labels: {costCenter: x, aB: y}}\n"


def named(logs: list[EventDict]) -> list[tuple[str, str]]:
    """Return the level and the labels of each line that names labels."""
    return [(line["log_level"], line["labels"]) for line in logs if "labels" in line]


def test_a_start_logs_each_disliked_label_once_and_in_order(installation: Installation) -> None:
    file = watch_folder(installation, 1)
    file.write_text(CAMEL + "- {id: 3, labels: {aB: z, team: z}}\n", encoding="ascii")
    loaded = load_everything(installation.config, None)
    with capture_logs() as logs:
        Reloader(loaded, lambda _: loaded, installation.now).close()
    assert named(logs) == [("warning", "aB, costCenter")]


@pytest.mark.parametrize(
    "found_by", [Installation.scrape, Installation.reload], ids=["a scrape", "a reload"]
)
def test_disliked_labels_are_logged_again_where_there_are_others(
    installation: Installation, found_by: Callable[[Installation], Awaitable[object]]
) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        await installation.reload()
        with capture_logs() as logs:
            for text in ("- 2\n", CAMEL, CAMEL + "- 3\n", "- {id: 2, labels: {aB: y}}\n", "- 2\n"):
                file.write_text(text, encoding="ascii")
                await found_by(installation)
        assert named(logs) == [("warning", "aB, costCenter"), ("warning", "aB")]

    play(installation, story)
