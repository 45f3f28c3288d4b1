"""The part of an account's budget and slots that strangers get."""

import pytest

from exporter.quota.strangers import WATCHED_BETWEEN, Strangers, needed, slots


def test_strangers_get_every_fifth_read_at_most() -> None:
    strangers = Strangers()
    read = ""
    for _ in range(12):
        watched = not strangers.have_a_turn
        strangers.count(watched=watched, new=False)
        read += "w" if watched else "s"
    assert read == "swwwwswwwwsw"
    assert WATCHED_BETWEEN == 4


def test_every_other_turn_goes_to_an_id_that_was_never_read() -> None:
    strangers = Strangers()
    turns = []
    for _ in range(4):
        turns.append(strangers.new_is_next)
        strangers.count(watched=False, new=strangers.new_is_next)
    assert turns == [False, True, False, True]


@pytest.mark.parametrize(
    ("concurrency", "watched", "expected"), [(8, 1, 2), (4, 1, 1), (1, 1, 1), (8, 0, 8)]
)
def test_strangers_may_fill_a_quarter_of_the_slots_or_all_where_no_job_is_watched(
    concurrency: int, watched: int, expected: int
) -> None:
    assert slots(concurrency, watched) == expected


@pytest.mark.parametrize(("active", "expected"), [(10.0, 80.0), (15.0, 80.0), (3_600.0, 1 / 3)])
def test_a_job_needs_a_read_each_refresh_active_but_not_more_often_than_somebody_scrapes(
    active: float, expected: float
) -> None:
    assert needed(20, active) == pytest.approx(expected)
