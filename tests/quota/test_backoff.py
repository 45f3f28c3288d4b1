"""One back-off for all that fails: doubling, bounded, with jitter."""

import pytest

from exporter.quota.backoff import Backoff

BACKOFF = Backoff(first=10.0, longest=900.0)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 10.0), (2, 20.0), (3, 40.0), (7, 640.0), (8, 900.0)]
)
def test_a_wait_doubles_with_each_failure_up_to_the_longest(failures: int, seconds: float) -> None:
    assert BACKOFF.after(failures) == seconds


def test_failures_may_go_on_for_ever() -> None:
    assert BACKOFF.after(10_000) == 900.0


@pytest.mark.parametrize(("failures", "seconds"), [(1, 11.0), (7, 704.0), (8, 900.0)])
def test_jitter_lengthens_a_wait_by_a_tenth_at_most_and_never_beyond_the_longest(
    failures: int, seconds: float
) -> None:
    assert BACKOFF.after(failures, jitter=1.0) == pytest.approx(seconds)
