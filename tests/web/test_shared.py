"""Bodies are made one at a time, and shared by those who ask at the same time."""

import asyncio

import pytest

from exporter.web.shared import Shared


class Maker:
    """Makes a body once it is let, of its form and its number."""

    def __init__(self) -> None:
        self.let = asyncio.Event()
        self.begun: list[str] = []
        self.making = self.most = 0

    async def __call__(self, form: str) -> bytes:
        self.begun.append(form)
        self.making += 1
        self.most = max(self.most, self.making)
        number = len(self.begun)
        await self.let.wait()
        self.making -= 1
        return f"{form} {number}".encode()


async def asked(shared: Shared[str], *forms: str) -> list[asyncio.Task[bytes]]:
    """Ask for each of these, and let what may begin do so."""
    asks = [asyncio.create_task(shared.get(form)) for form in forms]
    for _ in range(5):
        await asyncio.sleep(0)
    return asks


def test_those_who_ask_at_once_share_a_body() -> None:
    async def story() -> list[bytes]:
        maker = Maker()
        maker.let.set()
        return await asyncio.gather(*await asked(Shared(maker), "a", "a", "a"))

    assert asyncio.run(story()) == [b"a 1"] * 3


def test_those_who_ask_while_a_body_is_made_share_the_next() -> None:
    async def story() -> list[bytes]:
        maker = Maker()
        shared = Shared(maker)
        asks = await asked(shared, "a")
        asks += await asked(shared, "a", "a")
        maker.let.set()
        return await asyncio.gather(*asks)

    assert asyncio.run(story()) == [b"a 1", b"a 2", b"a 2"]


def test_one_body_is_made_at_a_time_whatever_its_form() -> None:
    async def story() -> tuple[list[bytes], int]:
        maker = Maker()
        asks = await asked(Shared(maker), "a", "b", "a")
        maker.let.set()
        return await asyncio.gather(*asks), maker.most

    assert asyncio.run(story()) == ([b"a 1", b"b 2", b"a 1"], 1)


def test_one_who_goes_takes_the_body_from_nobody() -> None:
    async def story() -> bytes:
        maker = Maker()
        first, second = await asked(Shared(maker), "a", "a")
        first.cancel()
        maker.let.set()
        return await second

    assert asyncio.run(story()) == b"a 1"


def test_a_body_that_cannot_be_made_is_tried_anew_for_the_next() -> None:
    async def story() -> bytes:
        tries = 0

        async def make(form: str) -> bytes:
            nonlocal tries
            tries += 1
            if tries == 1:
                raise ZeroDivisionError
            return form.encode()

        shared = Shared(make)
        with pytest.raises(ZeroDivisionError):
            await shared.get("a")
        return await shared.get("a")

    assert asyncio.run(story()) == b"a"
