import math

import pytest

from exporter.cli.words import lasting, percent


@pytest.mark.parametrize(
    ("part", "written"),
    [(0, "0 %"), (0.0481, "4.8 %"), (0.25, "25 %"), (23.232, "2,323 %")],
)
def test_a_part_is_a_percentage_of_the_whole(part: float, written: str) -> None:
    assert percent(part, 1) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.1, "100ms"),
        (1.5, "1s500ms"),
        (30, "30s"),
        (76.8, "1m17s"),
        (5_400, "1h30m"),
        (200 * 365 * 86_400, "36500d or more"),
        (math.inf, "36500d or more"),
    ],
)
def test_a_duration_is_written_as_in_the_configuration(seconds: float, written: str) -> None:
    assert lasting(seconds) == written
