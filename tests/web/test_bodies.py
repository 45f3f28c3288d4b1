"""Bodies are shared and made one at a time, and let others have their turns."""

import asyncio
from collections.abc import Generator

import pytest

from exporter.web.bodies import BusyError, SharedBodies, in_turns
from tests.support.program import PATIENCE
from tests.support.turns import Turns


class Maker:
    """A maker of bodies, each with its variant and its number. It waits for `let`."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.begun: list[str] = []
        self.making = self.most = 0

    async def __call__(self, variant: str) -> bytes:
        self.begun.append(variant)
        self.making += 1
        self.most = max(self.most, self.making)
        number = len(self.begun)
        await self.let.wait()
        self.making -= 1
        return f"{variant} {number}".encode()


async def asked(shared: SharedBodies[str], *variants: str) -> list[asyncio.Task[bytes]]:
    """Ask for a body of each variant, and let those begin that may."""
    asks = [asyncio.create_task(shared.get(variant)) for variant in variants]
    for _ in range(5):
        await asyncio.sleep(0)
    return asks


def test_those_who_ask_at_once_share_a_body() -> None:
    async def story() -> list[bytes]:
        maker = Maker()
        maker.let.set()
        return await asyncio.gather(*await asked(SharedBodies(maker), "a", "a", "a"))

    assert asyncio.run(story()) == [b"a 1"] * 3


def test_those_who_ask_while_a_body_is_made_share_the_next() -> None:
    async def story() -> list[bytes]:
        maker = Maker()
        shared = SharedBodies(maker)
        asks = await asked(shared, "a")
        asks += await asked(shared, "a", "a")
        maker.let.set()
        return await asyncio.gather(*asks)

    assert asyncio.run(story()) == [b"a 1", b"a 2", b"a 2"]


def test_no_more_bodies_wait_than_may() -> None:
    async def story() -> list[bytes | BaseException]:
        maker = Maker()
        shared = SharedBodies(maker, most=2)
        asks = await asked(shared, "a")
        asks += await asked(shared, "b", "c", "d", "c")
        maker.let.set()
        return await asyncio.gather(*asks, return_exceptions=True)

    first, b, c, d, also_c = asyncio.run(story())
    assert (first, b, c, also_c) == (b"a 1", b"b 2", b"c 3", b"c 3")
    assert isinstance(d, BusyError)


def test_one_body_is_made_at_a_time_whatever_its_variant() -> None:
    async def story() -> tuple[list[bytes], int]:
        maker = Maker()
        asks = await asked(SharedBodies(maker), "a", "b", "a")
        maker.let.set()
        return await asyncio.gather(*asks), maker.most

    assert asyncio.run(story()) == ([b"a 1", b"b 2", b"a 1"], 1)


def test_one_who_goes_takes_the_body_from_nobody() -> None:
    async def story() -> bytes:
        maker = Maker()
        first, second = await asked(SharedBodies(maker), "a", "a")
        first.cancel()
        maker.let.set()
        return await second

    assert asyncio.run(story()) == b"a 1"


def test_a_body_that_cannot_be_made_is_tried_anew_for_the_next() -> None:
    async def story() -> bytes:
        tries = 0

        async def make(variant: str) -> bytes:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise ZeroDivisionError
            return variant.encode()

        shared = SharedBodies(make)
        with pytest.raises(ZeroDivisionError):
            await shared.get("a")
        return await shared.get("a")

    assert asyncio.run(story()) == b"a"


async def turns_taken_by_another(pauses: int, turn: float) -> list[int]:
    """Do work that pauses; return the turns that another task had had before each pause."""

    def work() -> Generator[None, None, bytes]:
        for _ in range(pauses):
            seen.append(turns.had)
            yield
        return b"done"

    async def done() -> None:
        assert await in_turns(work(), turn) == b"done"

    turns, seen = Turns(), list[int]()
    await turns.beside(done())
    return seen


def test_whoever_else_is_ready_has_a_turn_after_each_turn_of_the_work() -> None:
    seen = asyncio.run(turns_taken_by_another(5, turn=0.0))
    assert seen == sorted(set(seen)), "somebody had a turn at any pause"


def test_work_that_is_shorter_than_a_turn_is_done_in_one() -> None:
    assert set(asyncio.run(turns_taken_by_another(5, turn=PATIENCE))) == {0}
