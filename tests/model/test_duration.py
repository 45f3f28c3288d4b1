import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.model.duration import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", 0, id="zero needs no unit"),
        pytest.param("0s", 0, id="zero may have a unit"),
        pytest.param("7ms", 0.007, id="milliseconds"),
        pytest.param("30s", 30, id="seconds"),
        pytest.param("5m", 300, id="minutes, which are no milliseconds"),
        pytest.param("2h", 7_200, id="hours"),
        pytest.param("1d", 86_400, id="a day is 24 hours"),
        pytest.param("1w", 604_800, id="a week is 7 days"),
        pytest.param("1y", 31_536_000, id="a year is 365 days"),
        pytest.param("1h30m", 5_400, id="two units"),
        pytest.param("1m30ms", 60.03, id="a unit may be left out between two"),
        pytest.param("1y2w3d4h5m6s7ms", 33_019_506.007, id="every unit, the largest first"),
        pytest.param("90m", 5_400, id="more of a unit than the next one holds"),
        pytest.param("007s", 7, id="leading zeros"),
        pytest.param("999999999999s", 999_999_999_999, id="twelve digits"),
    ],
)
def test_a_duration_is_read_as_prometheus_reads_it(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(" ", id="a space"),
        pytest.param("10", id="a number without a unit"),
        pytest.param("00", id="two zeros without a unit"),
        pytest.param("s", id="a unit without a number"),
        pytest.param("10 s", id="a space before the unit"),
        pytest.param(" 10s", id="a space at the start"),
        pytest.param("10s\n", id="a line feed at the end"),
        pytest.param("1.5h", id="a fraction"),
        pytest.param("-1s", id="a negative one"),
        pytest.param("+1s", id="a sign"),
        pytest.param("1S", id="a unit in capitals"),
        pytest.param("1us", id="a unit that Prometheus does not have"),
        pytest.param("30m1h", id="the small unit first"),
        pytest.param("1h1h", id="a unit twice"),
        pytest.param("1h30", id="a last number without a unit"),
        pytest.param("\N{ARABIC-INDIC DIGIT ONE}s", id="a digit of another script"),
        pytest.param("9999999999999s", id="thirteen digits"),
    ],
)
def test_what_prometheus_refuses_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        pytest.param(0, "0s", id="zero"),
        pytest.param(0.1, "100ms", id="less than a second"),
        pytest.param(10.0, "10s", id="seconds"),
        pytest.param(59.9996, "1m", id="rounded to the millisecond, carried to the minute"),
        pytest.param(0.0004, "0s", id="less than half a millisecond"),
        pytest.param(5_400, "1h30m", id="two units"),
        pytest.param(86_400, "1d", id="a day"),
        pytest.param(604_800, "7d", id="a week is said in days"),
        pytest.param(31_536_000, "365d", id="a year is said in days"),
        pytest.param(93_784.005, "1d2h3m4s5ms", id="every unit"),
    ],
)
def test_seconds_are_written_as_prometheus_writes_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(milliseconds=st.integers(min_value=0, max_value=10**14))
def test_what_is_written_is_read_back_as_the_same_duration(milliseconds: int) -> None:
    text = format_duration(milliseconds / 1000)
    assert round(parse_duration(text) * 1000) == milliseconds
