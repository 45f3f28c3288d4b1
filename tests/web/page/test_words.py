import pytest
from markupsafe import Markup

from exporter.web.page.words import (
    age,
    breakable,
    clock,
    count,
    dated,
    moment,
    percent,
    ratio,
    short,
    until,
)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0.0, "1970-01-01 00:00:00", id="the epoch"),
        pytest.param(1_592_909_442.9, "2020-06-23 10:50:42", id="a part of a second"),
        pytest.param(-62_104_060_800.0, "0002-01-01 00:00:00", id="the second year"),
    ],
)
def test_a_moment_is_written_in_utc(seconds: float, expected: str) -> None:
    assert moment(seconds) == expected
    assert clock(seconds) == expected.partition(" ")[2]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0.0, "0s", id="now"),
        pytest.param(-5.0, "0s", id="in the future, as a clock that was set back makes it"),
        pytest.param(59.9, "59s", id="not more than has passed"),
        pytest.param(60.0, "1m", id="a minute"),
        pytest.param(3599.0, "59m", id="under an hour"),
        pytest.param(3600.0, "1h 0m", id="an hour"),
        pytest.param(86_399.0, "23h 59m", id="under a day"),
        pytest.param(90_061.0, "1d 1h", id="more than a day"),
        pytest.param(8_650_000.0, "100d", id="100 days and more"),
    ],
)
def test_an_age_is_written_in_its_two_largest_units(seconds: float, expected: str) -> None:
    assert age(seconds) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(None, ""), (0, "0"), (2**53, "9,007,199,254,740,992")]
)
def test_a_count_has_its_thousands_apart(number: int | None, expected: str) -> None:
    assert count(number) == expected


@pytest.mark.parametrize(("number", "expected"), [(0.0, "0 %"), (99.99, "99 %"), (100.0, "100 %")])
def test_only_what_is_all_done_has_100_percent(number: float, expected: str) -> None:
    assert percent(number) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(0.0, "0 %"), (0.07, "7 %"), (0.125, "12.5 %"), (1.0, "100 %")]
)
def test_a_share_is_written_as_it_was_configured(number: float, expected: str) -> None:
    assert ratio(number) == expected.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        pytest.param("BulkPriceChange", "Bulk<wbr>Price<wbr>Change", id="a word of parts"),
        pytest.param("CSVImport2b", "CSVImport2b", id="a word without"),
        pytest.param("", "", id="none"),
        pytest.param("a<B>&", "a&lt;B&gt;&amp;", id="markup is text"),
    ],
)
def test_a_line_can_end_between_the_parts_of_a_word(word: str, expected: str) -> None:
    assert breakable(word) == expected


NOW = 1_592_909_442.0
"""2020-06-23T10:50:42 UTC."""


def text(element: Markup) -> str:
    return element.striptags()


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(90, "10:52:12 UTC (in 1m)", id="soon"),
        pytest.param(86_399, "10:50:41 UTC (in 23h 59m)", id="within a day"),
        pytest.param(86_400, "2020-06-24 10:50:42 UTC (in 1d 0h)", id="after a day, with the date"),
    ],
)
def test_a_time_to_come_has_its_date_where_the_clock_alone_misleads(
    seconds: float, expected: str
) -> None:
    assert text(until(NOW + seconds, NOW)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(-7_200, "2020-06-23 08:50:42 UTC (2h 0m ago)", id="past"),
        pytest.param(0, "2020-06-23 10:50:42 UTC (0s ago)", id="now"),
        pytest.param(60, "2020-06-23 10:51:42 UTC (in 1m)", id="to come"),
    ],
)
def test_a_date_says_how_far_away_it_is(seconds: float, expected: str) -> None:
    assert text(dated(NOW + seconds, NOW)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("x" * 20, "x" * 20, id="it fits"),
        pytest.param("x" * 21, "x" * 17 + "…", id="it does not"),
        pytest.param("é" * 11, "é" * 8 + "…", id="two bytes a character"),
        pytest.param("<" * 9_000, "<<<<…", id="markup"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_text_is_cut_off_where_its_html_is_too_long(name: str, expected: str) -> None:
    assert short(name, 20) == expected
