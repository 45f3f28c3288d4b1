from datetime import UTC, datetime, timedelta, timezone

import pytest

from exporter.model.instant import Instant, rfc3339, unix_seconds


@pytest.mark.parametrize(
    ("unix", "text"),
    [
        pytest.param(0.0, "1970-01-01T00:00:00Z", id="the epoch"),
        pytest.param(1_592_909_442.999_999, "2020-06-23T10:50:42Z", id="a part of a second"),
        pytest.param(-0.5, "1969-12-31T23:59:59Z", id="before the epoch"),
        pytest.param(-62_104_060_800.0, "0002-01-01T00:00:00Z", id="four digits of a year"),
        pytest.param(-1e18, "0001-01-01T00:00:00Z", id="before the first year"),
        pytest.param(1e18, "9999-12-31T23:59:59Z", id="after the last year"),
    ],
)
def test_a_moment_is_written_in_utc_to_the_second(unix: float, text: str) -> None:
    assert rfc3339(unix) == text


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(datetime(2020, 6, 23, 10, 50, 42), id="without an offset"),  # noqa: DTZ001
        pytest.param(datetime(2020, 6, 23, 10, 50, 42, tzinfo=UTC), id="UTC"),
        pytest.param(
            datetime(2020, 6, 23, 12, 50, 42, tzinfo=timezone(timedelta(hours=2))), id="an offset"
        ),
    ],
)
def test_a_moment_without_an_offset_is_utc(moment: datetime) -> None:
    assert unix_seconds(moment) == 1_592_909_442.0


@pytest.mark.parametrize(("monotonic", "unix"), [(1000.0, 5000.0), (990.0, 4990.0)])
def test_a_monotonic_time_is_as_far_from_now_on_the_other_clock(
    monotonic: float, unix: float
) -> None:
    assert Instant(1000.0, 5000.0).unix_at(monotonic) == unix


def test_clocks_that_are_read_microseconds_apart_give_the_same_time() -> None:
    first, later = Instant(1_000.0, 1_700_000_000.0), Instant(1_010.0, 1_700_000_009.9999)
    assert first.unix_at(1_060.0) == later.unix_at(1_060.0)
