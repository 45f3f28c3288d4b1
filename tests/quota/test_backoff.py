"""How long a back-off waits after each failure: doubling, bounded, with jitter."""

import pytest

from exporter.model.failures import Failure
from exporter.quota.backoff import Backoff, of_job
from tests.support.readers import DOWN, GONE

BACKOFF = Backoff(first=10.0, longest=900.0)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 10.0), (2, 20.0), (3, 40.0), (7, 640.0), (8, 900.0)]
)
def test_a_wait_doubles_with_each_failure_up_to_the_longest(failures: int, seconds: float) -> None:
    assert BACKOFF.after(failures) == seconds


def test_a_wait_stays_the_longest_however_many_failures_follow() -> None:
    assert BACKOFF.after(10_000) == 900.0


@pytest.mark.parametrize(("failures", "seconds"), [(1, 11.0), (7, 704.0), (8, 900.0)])
def test_jitter_lengthens_a_wait_by_a_tenth_at_most_and_never_beyond_the_longest(
    failures: int, seconds: float
) -> None:
    assert BACKOFF.after(failures, jitter=1.0) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("error", "active", "seconds"),
    [
        pytest.param(DOWN, 10.0, [10.0, 20.0, 40.0], id="doubles from refresh.active"),
        pytest.param(DOWN, 600.0, [600.0, 900.0, 900.0], id="up to 15 minutes"),
        pytest.param(GONE, 1800.0, [1800.0, 3600.0, 3600.0], id="up to an hour for an unknown job"),
        pytest.param(DOWN, 7200.0, [7200.0, 7200.0, 7200.0], id="never below refresh.active"),
    ],
)
def test_the_back_off_of_a_job_begins_with_refresh_active(
    error: Failure, active: float, seconds: list[float]
) -> None:
    assert [of_job(error, active).after(failures) for failures in (1, 2, 3)] == seconds
