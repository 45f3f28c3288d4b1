import pytest

from exporter.scrape.timeout import A_JOB, RenderTime, scraper_timeout, time_allowed

HEADERS = [
    pytest.param("10", 10.0, id="whole seconds"),
    pytest.param("2.5", 2.5, id="a part of a second"),
    pytest.param("1e1", 10.0, id="with an exponent"),
    pytest.param(" 10 ", 10.0, id="with spaces around"),
    pytest.param("0.001", 0.001, id="next to nothing"),
    pytest.param("86399", 86399.0, id="just under a day"),
    pytest.param("86400", None, id="a day"),
    pytest.param("0", None, id="zero"),
    pytest.param("-5", None, id="negative"),
    pytest.param("nan", None, id="nan"),
    pytest.param("inf", None, id="infinite"),
    pytest.param("-inf", None, id="infinite and negative"),
    pytest.param("1e999", None, id="more than a float holds"),
    pytest.param("10s", None, id="with a unit"),
    pytest.param("soon", None, id="text"),
    pytest.param("", None, id="empty"),
    pytest.param(None, None, id="absent"),
]


@pytest.mark.parametrize(("header", "expected"), HEADERS)
def test_a_scraper_timeout_is_a_number_of_seconds_or_nothing(
    header: str | None, expected: float | None
) -> None:
    assert scraper_timeout(header) == expected


@pytest.mark.parametrize(("header", "seconds"), HEADERS)
def test_a_scrape_may_take_half_a_second_less_than_the_scraper_waits(
    header: str | None, seconds: float | None
) -> None:
    expected = 6.5 if seconds is None else max(0.0, seconds - 0.5)
    assert time_allowed(header, 7.0) == expected


def test_what_went_by_before_a_scrape_began_to_read_is_not_left_to_it() -> None:
    assert time_allowed("10", 7.0, gone=3.0) == 6.5
    assert time_allowed("10", 7.0, gone=10.0) == 0.0


def test_before_the_first_scrape_time_is_left_to_draw_every_job() -> None:
    assert RenderTime().time_for_reads(9.5, 0) == 9.5
    assert RenderTime().time_for_reads(9.5, 10_000) == pytest.approx(9.5 - 10_000 * A_JOB)


def test_half_of_the_time_is_left_for_reads_however_many_jobs_there_are() -> None:
    assert RenderTime().time_for_reads(9.5, 1_000_000) == 4.75


def test_after_a_slow_scrape_as_much_time_is_left_to_draw_the_next() -> None:
    drawing = RenderTime()
    drawing.took(3.0, 10_000)
    assert drawing.time_for_reads(9.5, 10_000) == pytest.approx(6.5)
    assert drawing.time_for_reads(9.5, 5_000) == pytest.approx(8.0)


def test_one_slow_scrape_is_forgotten_in_time() -> None:
    drawing = RenderTime()
    before = drawing.time_for_reads(9.5, 10_000)
    drawing.took(5.0, 10_000)
    for _ in range(50):
        drawing.took(0.07, 10_000)
    assert drawing.time_for_reads(9.5, 10_000) == before


def test_a_scrape_of_a_few_jobs_says_nothing_of_many() -> None:
    drawing = RenderTime()
    before = drawing.time_for_reads(9.5, 10_000)
    drawing.took(0.01, 1)
    assert drawing.time_for_reads(9.5, 10_000) == before
