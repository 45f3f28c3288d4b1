import asyncio

from exporter.scrape.file_check import FileCheck
from tests.support.program import PATIENCE
from tests.support.scripted_account import run


class Check:
    """A check that ends when `free` is set. Those that began and ended are counted."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.begun = self.ended = 0

    async def __call__(self) -> None:
        self.begun += 1
        await self.free.wait()
        self.ended += 1


def test_a_scrape_waits_until_its_check_has_ended() -> None:
    async def story() -> None:
        check = Check()
        check.free.set()
        file_check = FileCheck(check, PATIENCE)
        for scrapes in (1, 2):
            await file_check(PATIENCE)
            assert check.ended == scrapes

    run(story())


def test_scrapes_that_come_during_a_check_wait_for_the_same() -> None:
    async def story() -> None:
        check = Check()
        file_check = FileCheck(check, PATIENCE)
        scrapes = [asyncio.create_task(file_check(PATIENCE)) for _ in range(3)]
        await asyncio.sleep(0)
        check.free.set()
        await asyncio.gather(*scrapes)
        assert (check.begun, check.ended) == (1, 1)

    run(story())


def test_a_scrape_without_time_only_begins_a_check() -> None:
    async def story() -> None:
        check = Check()
        file_check = FileCheck(check, PATIENCE)
        await file_check(0.0)
        assert check.ended == 0
        check.free.set()
        await file_check(PATIENCE)
        assert (check.begun, check.ended) == (1, 1)

    run(story())


def test_nobody_waits_for_a_check_that_is_older_than_the_longest_wait() -> None:
    async def story() -> None:
        check = Check()
        file_check = FileCheck(check, 0.05)
        for _ in range(3):
            await file_check(2 * PATIENCE)
        assert (check.begun, check.ended) == (1, 0)
        check.free.set()

    run(story())


def test_a_check_that_fails_is_followed_by_another() -> None:
    async def story() -> None:
        begun: list[int] = []

        async def fails() -> None:
            begun.append(1)
            raise TimeoutError

        file_check = FileCheck(fails, PATIENCE)
        await file_check(PATIENCE)
        await file_check(PATIENCE)
        assert len(begun) == 2

    run(story())
