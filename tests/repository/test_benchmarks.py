"""The benchmarks as a whole: all of them run, and virtual time keeps the order of waits."""

import asyncio
from pathlib import Path

import pytest

from benchmarks import __main__ as all_of_them
from benchmarks.__main__ import PARTS, missed
from benchmarks.virtual_time import NothingToWaitForError, run
from exporter.model.duration import DAY


def test_every_part_runs_though_one_before_it_missed() -> None:
    ran: list[str] = []

    def measure(part: str) -> int:
        ran.append(part)
        return int(part in "ac")

    assert missed("abcd", measure) == ["a", "c"]
    assert ran == ["a", "b", "c", "d"]


def test_every_benchmark_but_the_soak_is_a_part() -> None:
    folder = Path(all_of_them.__file__).parent
    programs = {
        file.stem for file in folder.glob("*.py") if '__name__ == "__main__"' in file.read_text()
    }
    assert programs == {*PARTS, "__main__", "soak"}


def test_a_day_of_waiting_takes_no_time_and_keeps_its_order() -> None:
    async def wait(seconds: float) -> tuple[float, float]:
        await asyncio.sleep(seconds)
        return seconds, asyncio.get_running_loop().time()

    async def story() -> list[tuple[float, float]]:
        waits = [wait(seconds) for seconds in (DAY, 1.0, 60.0)]
        return [await one for one in asyncio.as_completed(waits)]

    assert run(story()) == [(1.0, 1.0), (60.0, 60.0), (DAY, DAY)]


def test_waiting_for_nothing_is_an_error_and_not_an_endless_wait() -> None:
    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingToWaitForError):
        run(story())
