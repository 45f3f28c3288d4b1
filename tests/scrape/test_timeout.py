"""How much of the scraper's timeout a scrape, its reads and the rendering may take."""

import asyncio
from collections.abc import Callable

import pytest

from benchmarks.virtual_time import run
from exporter.scrape.timeout import (
    HEADER,
    RENDER_ONE_JOB,
    TRIAL,
    Deadline,
    RenderTime,
    time_allowed,
)

TIMEOUTS = [
    pytest.param("10", 10.0, id="whole seconds"),
    pytest.param("2.5", 2.5, id="a part of a second"),
    pytest.param("1e1", 10.0, id="with an exponent"),
    pytest.param(" 10 ", 10.0, id="with spaces around"),
    pytest.param("0.001", 0.001, id="next to nothing"),
    pytest.param("86400", 86400.0, id="a day"),
    pytest.param("1e300", 86400.0, id="more than a day"),
    pytest.param("0", 7.0, id="zero"),
    pytest.param("-0", 7.0, id="zero with a sign"),
    pytest.param("", 7.0, id="empty"),
    pytest.param(None, 7.0, id="absent"),
]
NO_TIMEOUTS = [
    pytest.param("-5", id="negative"),
    pytest.param("nan", id="nan"),
    pytest.param("inf", id="infinite"),
    pytest.param("-inf", id="infinite and negative"),
    pytest.param("1e999", id="more than a float holds"),
    pytest.param("1_0", id="with an underscore"),
    pytest.param("10s", id="with a unit"),
    pytest.param("soon", id="text"),
    pytest.param("\xb2", id="not in ASCII"),
]


@pytest.mark.parametrize(("header", "timeout"), TIMEOUTS)
def test_a_scrape_may_take_half_a_second_less_than_the_scraper_waits(
    header: str | None, timeout: float
) -> None:
    assert time_allowed(header, 7.0) == max(0.0, timeout - 0.5)


@pytest.mark.parametrize("header", NO_TIMEOUTS)
def test_what_is_no_number_of_seconds_is_no_timeout(header: str) -> None:
    with pytest.raises(ValueError, match=f"^{HEADER}: expected a number of seconds, such as 10$"):
        time_allowed(header, 7.0)


def test_time_that_passed_before_a_scrape_began_to_read_is_subtracted() -> None:
    assert time_allowed("10", 7.0, elapsed=3.0) == 6.5
    assert time_allowed("10", 7.0, elapsed=10.0) == 0.0


def test_before_the_first_scrape_time_is_left_to_render_every_job() -> None:
    assert RenderTime().time_for_reads(9.5, 0) == 9.5
    assert RenderTime().time_for_reads(9.5, 10_000) == pytest.approx(9.5 - 10_000 * RENDER_ONE_JOB)


def test_half_of_the_time_is_left_for_reads_however_many_jobs_there_are() -> None:
    assert RenderTime().time_for_reads(9.5, 1_000_000) == 4.75


def test_after_a_slow_scrape_as_much_time_is_left_to_render_the_next() -> None:
    render_time = RenderTime()
    render_time.took(3.0, 10_000)
    assert render_time.time_for_reads(9.5, 10_000) == pytest.approx(6.5)
    assert render_time.time_for_reads(9.5, 5_000) == pytest.approx(8.0)


def test_one_slow_scrape_is_forgotten_in_time() -> None:
    render_time = RenderTime()
    before = render_time.time_for_reads(9.5, 10_000)
    render_time.took(5.0, 10_000)
    for _ in range(50):
        render_time.took(0.07, 10_000)
    assert render_time.time_for_reads(9.5, 10_000) == before


def test_a_scrape_of_a_few_jobs_says_nothing_of_many() -> None:
    render_time = RenderTime()
    before = render_time.time_for_reads(9.5, 10_000)
    render_time.took(0.01, 1)
    assert render_time.time_for_reads(9.5, 10_000) == before


async def after(seconds: float, then: Callable[[], float]) -> float:
    await asyncio.sleep(seconds)
    return then()


def test_the_seconds_left_get_fewer_with_time() -> None:
    async def story() -> None:
        deadline = Deadline(9.5)
        assert deadline.left(doubtful=False) == 9.5
        assert await after(4.0, lambda: deadline.left(doubtful=False)) == pytest.approx(5.5)
        assert await after(6.0, lambda: deadline.left(doubtful=False)) == pytest.approx(-0.5)

    run(story())


def test_a_doubtful_api_is_waited_for_since_the_doubt_began() -> None:
    async def story() -> None:
        deadline = Deadline(9.5)
        assert await after(5.0, lambda: deadline.left(doubtful=True)) == pytest.approx(TRIAL)
        assert await after(0.6, lambda: deadline.left(doubtful=True)) == pytest.approx(TRIAL - 0.6)

    run(story())


def test_once_the_doubt_is_over_all_the_seconds_left_count_again() -> None:
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
