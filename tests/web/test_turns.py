import asyncio
from collections.abc import Iterator

from exporter.web.turns import gathered
from tests.support.program import PATIENCE


async def turns_taken_by_another(pieces: int, turn: float) -> list[int]:
    """Gather pieces; return how many turns another task had had when each of them was made."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def made() -> Iterator[bytes]:
        for _ in range(pieces):
            seen.append(turns)
            yield b"piece"

    seen: list[int] = []
    task = asyncio.create_task(other())
    assert await gathered(made(), turn) == b"piece" * pieces
    task.cancel()
    return seen


def test_whoever_else_is_ready_has_a_turn_after_each_turn_of_the_work() -> None:
    seen = asyncio.run(turns_taken_by_another(5, turn=0.0))
    assert seen == sorted(set(seen)), "somebody had a turn between any two pieces"


def test_work_that_is_shorter_than_a_turn_is_done_in_one() -> None:
    assert set(asyncio.run(turns_taken_by_another(5, turn=PATIENCE))) == {0}


def test_nothing_gathered_is_empty() -> None:
    assert asyncio.run(gathered(())) == b""
