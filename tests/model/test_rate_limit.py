import pytest

from exporter.model.rate_limit import DAY_WINDOW, MINUTE_WINDOW, RateLimit, WindowState

AT = 1_785_672_000.0


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        pytest.param(RateLimit(), None, id="nothing is said"),
        pytest.param(RateLimit(retry_after=0.0), 0.0, id="no seconds"),
        pytest.param(RateLimit(retry_after=7.0), 7.0, id="seconds"),
        pytest.param(RateLimit(retry_after=3_601.0), 3_600.0, id="more than an hour"),
        pytest.param(RateLimit(retry_at=AT + 7), 7.0, id="a date"),
        pytest.param(RateLimit(retry_at=AT + 86_400), 3_600.0, id="a date in a day"),
        pytest.param(RateLimit(retry_at=AT - 1), None, id="a date that is over"),
    ],
)
def test_a_retry_after_is_obeyed_for_an_hour_at_most(
    said: RateLimit, seconds: float | None
) -> None:
    assert said.wait(AT) == seconds


def test_a_window_is_found_by_its_name() -> None:
    said = RateLimit(WindowState(1000), WindowState(180_000))
    assert (said.of(MINUTE_WINDOW), said.of(DAY_WINDOW)) == (said.minute, said.day)
