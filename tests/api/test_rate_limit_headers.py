from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.api.rate_limit_headers import parse_headers, parse_time
from exporter.model.rate_limit import (
    LIVE,
    UNSAID,
    RateLimit,
    WindowState,
)

AT = 1_785_672_000.0  # 2026-08-02T12:00:00Z
SAID = {
    "X-Rate-Limit-Limit-Minute": "1000",
    "X-Rate-Limit-Remaining-Minute": "997",
    "X-Rate-Limit-Reset-Minute": "2026-08-02T12:00:00Z",
    "X-Rate-Limit-Limit-Day": "180000",
    "X-Rate-Limit-Remaining-Day": "0",
    "X-Rate-Limit-Reset-Day": "1785715200",
}
MINUTE_SAID = WindowState(1000, 997, AT)
DAY_SAID = WindowState(180_000, 0, AT + 43_200)
NAMES = (*SAID, "Retry-After")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("1785672000", AT, id="epoch seconds"),
        pytest.param("1785672000.25", AT + 0.25, id="epoch seconds, fraction"),
        pytest.param("1785672000000", AT, id="epoch milliseconds"),
        pytest.param("1785672000250", AT + 0.25, id="epoch milliseconds, part of a second"),
        pytest.param("2026-08-02T12:00:00Z", AT, id="ISO 8601, Z"),
        pytest.param("2026-08-02T12:00:00", AT, id="ISO 8601, no offset"),
        pytest.param("2026-08-02 12:00:00", AT, id="ISO 8601, a space"),
        pytest.param("2026-08-02T14:00:00+02:00", AT, id="ISO 8601, east"),
        pytest.param("2026-08-02T05:00:00-0700", AT, id="ISO 8601, west, no colon"),
        pytest.param("2026-08-02T12:00:00.25Z", AT + 0.25, id="ISO 8601, fraction, Z"),
        pytest.param("2026-08-02T12:00:00.25", AT + 0.25, id="ISO 8601, fraction, no offset"),
        pytest.param("2026-08-02T12:00:00.2500000Z", AT + 0.25, id="ISO 8601, as .NET writes it"),
        pytest.param("Sun, 02 Aug 2026 12:00:00 GMT", AT, id="HTTP date"),
        pytest.param("Sunday, 02-Aug-26 12:00:00 GMT", AT, id="HTTP date, RFC 850"),
        pytest.param("Sun, 02 Aug 2026 14:00:00 +0200", AT, id="date with an offset"),
        pytest.param("  1785672000\t", AT, id="spaces around"),
        pytest.param("946684800", 946_684_800.0, id="the first second of 2000"),
        pytest.param("2099-12-31T23:59:59Z", 4_102_444_799.0, id="the last second of 2099"),
    ],
)
def test_a_time_is_read_in_every_usual_format(text: str, expected: float) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("   ", id="spaces"),
        pytest.param("soon", id="text"),
        pytest.param("30", id="seconds from now"),
        pytest.param("0", id="nothing"),
        pytest.param("-1785672000", id="negative"),
        pytest.param("1.7e9", id="with an exponent"),
        pytest.param("1785672000, 1785672000", id="twice"),
        pytest.param("１７８５６７２０００", id="non-ASCII digits"),  # noqa: RUF001
        pytest.param("1785672000000000", id="epoch microseconds"),
        pytest.param("9" * 5000, id="huge"),
        pytest.param("nan", id="not a number"),
        pytest.param("inf", id="infinity"),
        pytest.param("1999-12-31T23:59:59Z", id="before 2000"),
        pytest.param("0001-01-01T00:00:00", id="the first year"),
        pytest.param("9999-12-31T23:59:59-23:59", id="the last year"),
        pytest.param("2026-02-30T12:00:00Z", id="no such day"),
        pytest.param("Sun, 31 Feb 2026 12:00:00 GMT", id="no such day, HTTP date"),
        pytest.param("Sun, 02 Aug 2126 12:00:00 GMT", id="after 2099, HTTP date"),
        pytest.param("Sun, 02 Aug 2026 12:00:00 +99999999999", id="an offset of no place"),
    ],
)
def test_what_cannot_be_meant_as_a_time_is_none(text: str) -> None:
    assert parse_time(text) is None


def test_all_that_is_said_of_both_windows_is_read() -> None:
    assert parse_headers(SAID) == RateLimit(MINUTE_SAID, DAY_SAID)


def test_an_answer_without_such_headers_says_nothing() -> None:
    assert parse_headers({"Content-Type": "application/json"}) == UNSAID


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("-1", id="negative"),
        pytest.param("+10", id="a sign"),
        pytest.param("many", id="text"),
        pytest.param("998, 999", id="two that differ"),
        pytest.param("1000,", id="one and nothing"),
        pytest.param("999.5", id="a fraction"),
        pytest.param("1e3", id="with an exponent"),
        pytest.param("1_000", id="with an underscore"),
        pytest.param("9" * 16, id="huge"),
        pytest.param("9" * 5000, id="too huge for an int"),
        pytest.param("１０００", id="non-ASCII digits"),  # noqa: RUF001
        pytest.param("10²", id="a power"),
        pytest.param("nan", id="not a number"),
    ],
)
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "X-Rate-Limit-Limit-Minute",
            RateLimit(WindowState(None, 997, AT), DAY_SAID),
            id="limit a minute",
        ),
        pytest.param(
            "X-Rate-Limit-Remaining-Minute",
            RateLimit(WindowState(1000, None, AT), DAY_SAID),
            id="remaining a minute",
        ),
        pytest.param(
            "X-Rate-Limit-Limit-Day",
            RateLimit(MINUTE_SAID, WindowState(None, 0, AT + 43_200)),
            id="limit a day",
        ),
        pytest.param(
            "X-Rate-Limit-Remaining-Day",
            RateLimit(MINUTE_SAID, WindowState(180_000, None, AT + 43_200)),
            id="remaining a day",
        ),
        pytest.param("Retry-After", RateLimit(MINUTE_SAID, DAY_SAID), id="retry after"),
    ],
)
def test_an_absurd_value_is_left_out_and_the_others_count(
    name: str, expected: RateLimit, text: str
) -> None:
    assert parse_headers({**SAID, name: text}) == expected


@pytest.mark.parametrize("name", SAID)
def test_a_missing_header_takes_only_its_own_value_away(name: str) -> None:
    missing = parse_headers({other: text for other, text in SAID.items() if other != name})
    assert missing == parse_headers({**SAID, name: "absurd"})
    assert missing != parse_headers(SAID)


def test_a_reset_that_is_no_time_leaves_the_rest_of_its_window() -> None:
    said = parse_headers({**SAID, "X-Rate-Limit-Reset-Day": "midnight"})
    assert said == RateLimit(MINUTE_SAID, WindowState(180_000, 0, None))


def test_a_limit_of_0_is_left_out() -> None:
    said = parse_headers({**SAID, "X-Rate-Limit-Limit-Minute": "0"})
    assert said.minute == WindowState(None, 997, AT)


@pytest.mark.parametrize("text", ["1000, 1000", "1000,1000 , 1000"])
def test_a_header_that_came_twice_with_the_same_value_says_it_once(text: str) -> None:
    assert parse_headers({**SAID, "X-Rate-Limit-Limit-Minute": text}) == parse_headers(SAID)


@pytest.mark.parametrize(
    ("minute", "remaining", "day", "expected"),
    [
        pytest.param(1000, 1000, 180_000, (1000, 180_000), id="all of it is left"),
        pytest.param(1000, 1001, 180_000, (None, 180_000), id="more is left than there is"),
        pytest.param(10_000, 0, 1_800_000, (10_000, 1_800_000), id="ten times a live account's"),
        pytest.param(10_001, 0, 1_800_001, (None, None), id="over ten times a live account's"),
        pytest.param(1000, 0, 1000, (1000, 1000), id="a day that is no more than a minute"),
        pytest.param(1000, 0, 999, (1000, None), id="a day that is less than a minute"),
    ],
)
def test_a_limit_that_contradicts_another_value_is_left_out(
    minute: int, remaining: int, day: int, expected: tuple[int | None, int | None]
) -> None:
    headers = dict(zip(SAID, map(str, (minute, remaining, "", day, 0, "")), strict=True))
    said = parse_headers(headers)
    assert (said.minute.limit, said.day.limit) == expected
    assert (said.minute.remaining, said.day.remaining) == (remaining, 0)


def test_a_remaining_of_0_counts() -> None:
    assert parse_headers({"X-Rate-Limit-Remaining-Minute": " 0 "}).minute.remaining == 0


@pytest.mark.parametrize(
    ("text", "after", "at"),
    [
        pytest.param("120", 120.0, None, id="seconds"),
        pytest.param("0", 0.0, None, id="no seconds"),
        pytest.param(" 7 ", 7.0, None, id="spaces around"),
        pytest.param("86400", 86_400.0, None, id="a day"),
        pytest.param("99999999", 99_999_999.0, None, id="years"),
        pytest.param("1785672000", None, AT, id="epoch seconds"),
        pytest.param("Sun, 02 Aug 2026 12:00:00 GMT", None, AT, id="HTTP date"),
        pytest.param("2026-08-02T12:00:00Z", None, AT, id="ISO 8601"),
        pytest.param("-5", None, None, id="negative"),
        pytest.param("a while", None, None, id="text"),
        pytest.param("1.5", None, None, id="a fraction of a second"),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, after: float | None, at: float | None) -> None:
    assert parse_headers({"Retry-After": text}) == RateLimit(retry_after=after, retry_at=at)


PARTS = (
    *("Mon,", "Sunday,", "1", "31", "Jan", "Feb,", "2024", "26", "00:00:00", "25:61", "1.2.3"),
    *("GMT", "+0000", "-0000", "+99999999", "9" * 30, "-", "+", ",", ":", ".", "T", "Z", "W", "²"),
)
TEXTS = st.one_of(
    st.text(),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.builds(" ".join, st.lists(st.sampled_from(PARTS), max_size=7)),
    st.builds("".join, st.lists(st.sampled_from(PARTS), max_size=7)),
)
"""Texts of any kind, and texts that are nearly numbers or dates."""


def in_range(state: WindowState) -> bool:
    return (
        (state.limit is None or 1 <= state.limit <= 10 * LIVE.day)
        and (state.remaining is None or state.remaining >= 0)
        and (state.limit is None or (state.remaining or 0) <= state.limit)
        and is_time(state.reset)
    )


def is_time(value: float | None) -> bool:
    least = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
    most = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    return value is None or least <= value <= most


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, TEXTS)))
def test_whatever_the_headers_say_what_comes_of_it_can_be_meant(headers: dict[str, str]) -> None:
    said = parse_headers(headers)
    assert in_range(said.minute)
    assert in_range(said.day)
    assert said.retry_after is None or 0 <= said.retry_after < 946_684_800
    assert is_time(said.retry_at)


@given(st.floats(946_684_800.0, 4_102_444_799.0))
def test_every_format_of_one_time_is_the_same_time(seconds: float) -> None:
    whole = float(int(seconds))
    moment = datetime.fromtimestamp(whole, UTC)
    texts = (
        f"{whole:.0f}",
        f"{whole:.0f}000",
        f"{moment:%Y-%m-%dT%H:%M:%S}",
        f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        f"{moment:%a, %d %b %Y %H:%M:%S GMT}",
    )
    assert {parse_time(text) for text in texts} == {whole}
