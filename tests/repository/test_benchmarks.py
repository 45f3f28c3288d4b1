"""That the benchmarks all run, whatever one of them finds."""

from pathlib import Path

from benchmarks import __main__ as all_of_them
from benchmarks.__main__ import PARTS, missed


def test_every_part_runs_though_one_before_it_missed() -> None:
    ran: list[str] = []

    def run(part: str) -> int:
        ran.append(part)
        return int(part in "ac")

    assert missed("abcd", run) == ["a", "c"]
    assert ran == ["a", "b", "c", "d"]


def test_every_benchmark_but_the_soak_is_a_part() -> None:
    folder = Path(all_of_them.__file__).parent
    programs = {
        file.stem for file in folder.glob("*.py") if '__name__ == "__main__"' in file.read_text()
    }
    assert programs == {*PARTS, "__main__", "soak"}
