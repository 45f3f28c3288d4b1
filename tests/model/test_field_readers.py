from collections.abc import Callable

import pytest

from exporter.model.duration import DAY
from exporter.model.field_readers import (
    LARGEST_COUNT,
    boolean,
    length,
    percent,
    text,
    timestamp,
    whole,
    word,
)

NOW = 1_800_000_000.0
count = whole(LARGEST_COUNT)
date = timestamp(NOW)


@pytest.mark.parametrize("value", [19, 19.0], ids=repr)
def test_a_whole_number_is_one_in_any_spelling(value: object) -> None:
    assert count(value) == 19
    assert isinstance(count(value), int)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("2020-12-07T14:26:21.323", 1607351181.323, id="fractions of a second"),
        pytest.param("2020-12-07T14:26:21.3234567", 1607351181.323456, id="seven digits, as .NET"),
        pytest.param("2020-12-07T14:26:21Z", 1607351181.0, id="Z"),
        pytest.param("2020-12-07T15:26:21+01:00", 1607351181.0, id="an offset"),
        pytest.param("2027-01-16T07:59:59", NOW + DAY - 1, id="a day ahead, as clocks differ"),
        pytest.param("1970-01-02T00:00:00", DAY, id="the first date that may be one"),
    ],
)
def test_a_date_is_utc_seconds(value: str, seconds: float) -> None:
    assert date(value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("0001-01-01T00:00:00", id="what .NET has for never"),
        pytest.param("1601-01-01T00:00:00", id="what Windows has"),
        pytest.param("1753-01-01T00:00:00", id="the first date of SQL Server"),
        pytest.param("1900-01-01T00:00:00", id="the first of its short dates"),
        pytest.param("1970-01-01T00:00:00", id="the first second of Unix"),
        pytest.param("1969-12-31T19:00:00-05:00", id="the same elsewhere"),
        pytest.param("9999-12-31T23:59:59.9999999", id="the last date of .NET"),
        pytest.param("9999-12-31T23:59:59-01:00", id="a date in the year 10000, by its offset"),
    ],
)
def test_a_date_that_stands_for_never_is_none(value: str) -> None:
    assert date(value) is None


@pytest.mark.parametrize(
    ("read", "value"),
    [
        pytest.param(count, -1, id="a negative count"),
        pytest.param(count, 1.5, id="half an item"),
        pytest.param(count, True, id="a boolean as count"),
        pytest.param(count, "3", id="a count as text"),
        pytest.param(count, LARGEST_COUNT + 1, id="a count that a float cannot hold"),
        pytest.param(count, 1e300, id="a count beyond all"),
        pytest.param(count, float("inf"), id="infinitely many"),
        pytest.param(percent, -1, id="minus one per cent"),
        pytest.param(percent, 100.1, id="more than all"),
        pytest.param(percent, float("inf"), id="an infinite percentage"),
        pytest.param(percent, "50", id="a percentage as text"),
        pytest.param(percent, True, id="a boolean as percentage"),
        pytest.param(boolean, "no", id="a word as boolean"),
        pytest.param(boolean, 1, id="a number as boolean"),
        pytest.param(length, {}, id="an object as list"),
        pytest.param(text, 7, id="a number as text"),
        pytest.param(word, " \t", id="a blank word"),
        pytest.param(date, "yesterday", id="a word as date"),
        pytest.param(date, "", id="nothing as date"),
        pytest.param(date, 1592909442, id="a number as date"),
        pytest.param(date, "2027-01-16T08:00:01", id="more than a day ahead"),
        pytest.param(date, "2020-02-30T00:00:00", id="no day of the calendar"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_expected(
    read: Callable[[object], object], value: object
) -> None:
    with pytest.raises(ValueError, match=r"^expected "):
        read(value)


@pytest.mark.parametrize("value", ["Processing", "x" * 10_000])
def test_equal_texts_are_one_object(value: str) -> None:
    first, second = (text("".join(value)) for _ in range(2))
    assert first is second
