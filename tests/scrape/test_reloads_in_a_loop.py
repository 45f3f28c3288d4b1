"""Reloads that somebody asks for in a loop: what is logged of them."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.job_files import JobFiles
from exporter.config.loaded import Load, LoadedConfig
from tests.support.house import House, opened, play, told

BAD = "accounts: [{name: live, jobs: [one, 0]}]\n"


def outcomes(logs: list[EventDict]) -> list[tuple[str, int]]:
    """Return the level of what was logged of each reload, and how many it says were left out."""
    told = ("configuration loaded", "configuration is bad, the old one stays")
    return [(one["log_level"], one.get("left_out", 0)) for one in logs if one["event"] in told]


@pytest.mark.parametrize(
    ("text", "level"), [(None, "info"), (BAD, "error")], ids=["a good file", "a bad file"]
)
def test_of_reloads_in_a_loop_ten_are_logged_and_then_one_a_minute(
    house: House, text: str | None, level: str
) -> None:
    async def story(house: House) -> None:
        house.config.write_text(text or house.config.read_text("utf-8"), encoding="utf-8")
        with capture_logs() as logs:
            for _ in range(100):
                await house.reload()
                house.seconds += 1.25
        assert outcomes(logs) == [(level, 0)] * 10 + [(level, 38), (level, 47)]

    play(house, story)


def test_a_fault_of_our_own_in_a_loop_fills_no_log_either(tmp_path: Path) -> None:
    def failing(load: Load) -> Load:
        first = [True]

        def once(known: JobFiles) -> LoadedConfig:
            if not first:
                raise ZeroDivisionError
            first.clear()
            return load(known)

        return once

    async def story(house: House) -> None:
        with capture_logs() as logs:
            for _ in range(20):
                await house.reload()
        assert told(logs) == ["error"] * 10

    with opened(House(tmp_path, failing)) as house:
        play(house, story)


def test_what_a_reload_brings_anew_is_logged_in_any_case(house: House) -> None:
    async def story(house: House) -> None:
        for _ in range(100):
            await house.reload()
        with capture_logs() as logs:
            for text in (BAD, BAD, "accounts: x", "accounts: x", None, None):
                good = house.config.read_text(encoding="utf-8")
                house.config.write_text(text or good, encoding="utf-8")
                await house.reload()
                house.configure()
            house.configure(1)
            await house.reload()
        assert outcomes(logs) == [("error", 90), ("error", 1), ("info", 1), ("info", 1)]

    play(house, story)
