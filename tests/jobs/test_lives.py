"""Ends that the API writes late: each is shown in time, and counted once and right."""

from dataclasses import replace

import pytest

from benchmarks.lives import LATE, JobLife, Seen, lives, watch

SOME = [watch(life) for life in lives(120, seed=7)]


@pytest.mark.parametrize("outcome", ["succeeded", "partial", "failed"])
def test_every_end_is_shown_in_time_however_late_it_is_written(outcome: str) -> None:
    mine = [one for one in SOME if one.life.outcome == outcome]
    assert len(mine) > 20
    assert [one for one in mine if one.late] == []


def test_every_end_is_counted_once_and_as_what_it_was() -> None:
    assert [one for one in SOME if one.miscounted] == []


def test_an_end_that_is_seen_late_or_counted_wrong_is_told() -> None:
    life = JobLife((), "failed", true_at=100.0, down=-1.0, up=-1.0)
    good = Seen(life, shown_at=100.0 + LATE, counted={"failed": 1, "partial": 0})
    assert (good.late, good.miscounted) == (False, False)
    assert replace(good, shown_at=101.0 + LATE).late
    assert replace(good, shown_at=None).late
    assert replace(good, counted={"failed": 2}).miscounted
    assert replace(good, counted={"failed": 1, "partial": 1}).miscounted
    assert replace(good, counted={"failed": 0}).miscounted
