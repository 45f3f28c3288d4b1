"""The clock of the demo."""

import pytest

from exporter.cli.demo_clock import DemoClock
from exporter.model.duration import HOUR
from exporter.model.instant import Instant, now


def behind(clock: DemoClock) -> tuple[float, float]:
    """Return by how many seconds a clock is behind the real one."""
    real = now()
    shown: Instant = clock()
    return real.monotonic - shown.monotonic, real.unix - shown.unix


def test_it_shows_the_real_time_at_first() -> None:
    assert behind(DemoClock()) == pytest.approx((0.0, 0.0), abs=60.0)


def test_it_can_be_set_back_and_right_again() -> None:
    clock = DemoClock()
    clock.back = HOUR
    assert behind(clock) == pytest.approx((HOUR, HOUR), abs=60.0)
    assert now().unix - clock.unix() == pytest.approx(HOUR, abs=60.0)
    clock.back = 0.0
    assert behind(clock) == pytest.approx((0.0, 0.0), abs=60.0)
