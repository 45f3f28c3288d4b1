"""The benchmarks as a whole: all of them run, a missed bound shows, peers serve what ours does."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from benchmarks import __main__ as all_of_them
from benchmarks.__main__ import PARTS, Ran, run_all
from benchmarks.peers import Families
from benchmarks.verdict import HEAD, MILLISECONDS, Verdict, is_row, report
from benchmarks.virtual_time import NothingToWaitForError, run
from exporter.model.duration import DAY

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics.txt"


def test_every_part_runs_though_one_before_it_missed(capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[str] = []

    def measure(part: str) -> Ran:
        ran.append(part)
        return Ran(int(part in "ac"), [f"| {part} |\n"])

    assert run_all("abcd", measure) == 1
    assert ran == ["a", "b", "c", "d"]
    *_, table, missed = capsys.readouterr().out.partition(HEAD)
    assert table + missed == HEAD + "\n| a |\n| b |\n| c |\n| d |\n\n-- MISSED: a, c\n"


def test_all_parts_that_keep_their_bounds_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_all("ab", lambda _: Ran(0, [])) == 0
    assert capsys.readouterr().out.endswith("-- all bounds are kept\n")


def test_every_benchmark_but_the_soak_is_a_part() -> None:
    folder = Path(all_of_them.__file__).parent
    programs = {
        file.stem for file in folder.glob("*.py") if '__name__ == "__main__"' in file.read_text()
    }
    assert programs == {*PARTS, "__main__", "soak"}


def times_a_peer(figure: float) -> Verdict:
    return Verdict("x", figure, 8, MILLISECONDS, {"send only": 0.5, "other": 9.0}, per="send only")


@pytest.mark.parametrize(
    ("verdict", "kept", "ratio"),
    [
        (Verdict("x", 82.0, 82.0), True, 1.0),
        (Verdict("x", 82.1, 82.0), False, 82.1 / 82.0),
        (Verdict("x", 164.0, 82.0, peers={"other": 328.0}), False, 2.0),
        (Verdict("x", 0, 0), True, None),
        (Verdict("x", 1, 0), False, None),
        (times_a_peer(4.0), True, 8.0),
        (times_a_peer(4.1), False, 8.2),
    ],
    ids=str,
)
def test_a_verdict_compares_with_the_limit_or_with_the_peer_that_it_names(
    verdict: Verdict, kept: bool, ratio: float | None
) -> None:
    assert verdict.kept is kept
    assert verdict.ratio == (None if ratio is None else pytest.approx(ratio))
    assert str(verdict).endswith("kept   |" if kept else "MISSED |")


def test_a_row_of_the_table_says_what_was_measured_beside_what(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report([times_a_peer(4.0)])
    row = capsys.readouterr().out
    assert is_row(row)
    assert [cell.strip() for cell in row.split("|")[1:-1]] == [
        "x",
        "send only 0.5 ms; other 9.0 ms",
        "4.0 ms",
        "8.00",
        "at most 8 x send only",
        "kept",
    ]


def test_a_part_that_misses_one_of_its_bounds_prints_all_and_exits_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report([times_a_peer(4.0)]) == 0
    assert report([times_a_peer(4.1), times_a_peer(4.0)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_peer_that_is_prometheus_client_serves_the_same_series() -> None:
    exposition = GOLDEN.read_text()
    registry = CollectorRegistry()
    registry.register(Families(exposition))
    served = generate_latest(registry).decode()
    assert series(served) == series(exposition)


def series(exposition: str) -> list[Sample]:
    families = text_string_to_metric_families(exposition)
    return [sample for family in families for sample in family.samples]


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
