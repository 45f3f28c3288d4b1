"""Ends that the API writes late: each is shown in time, and counted once and right."""

import pytest

from benchmarks.lives import Seen, lives, watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen() -> list[Seen]:
    return [watch(life) for life in lives(120, seed=7)]


@pytest.mark.parametrize("outcome", ["succeeded", "partial", "failed"])
def test_every_end_is_shown_in_time_however_late_it_is_written(
    seen: list[Seen], outcome: str
) -> None:
    of_outcome = [one for one in seen if one.life.outcome == outcome]
    assert len(of_outcome) > 20
    assert [one for one in of_outcome if one.late] == []


def test_every_end_is_counted_once_and_as_what_it_was(seen: list[Seen]) -> None:
    assert [one for one in seen if one.miscounted] == []
