import asyncio
from collections.abc import Callable

import pytest

from benchmarks.virtual_time import run
from exporter.scrape.timeout import TRIAL, Deadline


async def after(seconds: float, then: Callable[[], float]) -> float:
    await asyncio.sleep(seconds)
    return then()


def test_what_is_left_gets_less_with_time() -> None:
    async def story() -> None:
        deadline = Deadline(9.5)
        assert deadline.left(doubtful=False) == 9.5
        assert await after(4.0, lambda: deadline.left(doubtful=False)) == pytest.approx(5.5)
        assert await after(6.0, lambda: deadline.left(doubtful=False)) == pytest.approx(-0.5)

    run(story())


def test_an_api_in_doubt_is_waited_for_since_the_doubt_began() -> None:
    async def story() -> None:
        deadline = Deadline(9.5)
        assert await after(5.0, lambda: deadline.left(doubtful=True)) == pytest.approx(TRIAL)
        assert await after(0.6, lambda: deadline.left(doubtful=True)) == pytest.approx(TRIAL - 0.6)

    run(story())


def test_once_the_doubt_is_over_all_that_is_left_counts_again() -> None:
    async def story() -> None:
        deadline = Deadline(9.5)
        deadline.left(doubtful=True)
        assert await after(0.5, lambda: deadline.left(doubtful=False)) == pytest.approx(9.0)
        assert await after(0.5, lambda: deadline.left(doubtful=True)) == pytest.approx(TRIAL)

    run(story())


def test_doubt_makes_no_deadline_later() -> None:
    async def story() -> None:
        assert Deadline(0.2).left(doubtful=True) == pytest.approx(0.2)

    run(story())
