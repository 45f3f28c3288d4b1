"""Which jobs of a roster are due, which wait, and which are made due."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from exporter.config.sections import Refresh, WatchedJob
from exporter.jobs.reading import UNREAD, Reading, failed, succeeded
from exporter.jobs.roster import TOGETHER, Roster
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.strangers import LATELY
from tests.support.readers import OVER, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
DOWN = ServerError("the API failed (500)", 500)


def make_roster(*job_ids: int) -> Roster:
    return Roster("live", [WatchedJob(id=job_id) for job_id in job_ids])


def read(job: Job = RUNNING) -> Reading:
    return succeeded(UNREAD, job, NOW, NOW, Refresh())


def after(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


def due_after_hasten(roster: Roster, count: int, excluding: set[int]) -> list[int]:
    """Return the jobs that are due a second later, once `count` were made due."""
    roster.make_due(count, excluding, after(1))
    return [job_id for job_id in (1, 2, 3, 4) if roster.is_due(job_id, after(1))]


def test_where_few_jobs_are_read_often_others_are_made_due() -> None:
    roster = make_roster(1, 2, 3, 4)
    for job_id in (2, 3, 4):
        roster.note(job_id, read(OVER))
    roster.note(1, failed(read(), DOWN, NOW, Refresh(), 0))
    assert due_after_hasten(roster, 2, {1}) == [2, 3]


def test_a_job_that_did_not_fail_is_made_due_before_one_that_did() -> None:
    roster = make_roster(1, 2, 3)
    roster.note(1, failed(read(), DOWN, NOW, Refresh(), 0))
    roster.note(2, failed(read(), DOWN, NOW, Refresh(), 0))
    roster.note(3, read(OVER))
    assert due_after_hasten(roster, 1, {1}) == [3]


def test_no_job_is_made_due_where_enough_are_read_often() -> None:
    roster = make_roster(1, 2, 3, 4)
    for job_id in (1, 2, 3, 4):
        roster.note(job_id, read())
    assert due_after_hasten(roster, 2, {1}) == []


def test_a_scrape_reads_for_a_probe_that_was_deferred_lately() -> None:
    roster = make_roster(1)
    roster.probe(2)
    roster.defer(2, NOW)
    later = NOW._replace(monotonic=NOW.monotonic + LATELY)
    assert roster.due(NOW).has_strangers
    assert not roster.due(later).has_strangers


def test_no_scrape_reads_for_a_deferred_probe_that_was_read_since() -> None:
    roster = make_roster()
    roster.probe(2)
    roster.defer(2, NOW)
    roster.note(2, UNREAD)
    assert not roster.due(NOW).has_strangers


def test_scrapes_at_the_same_time_share_the_due_reads() -> None:
    roster = make_roster(1, 2)
    shared = roster.due(NOW)
    assert shared.take_next(retry=True) == 1
    assert list(roster.due(after(TOGETHER / 2)).rest()) == [2]
    assert list(roster.due(after(TOGETHER)).rest()) == [1, 2]


def test_a_probe_that_is_deferred_meanwhile_is_shared_too() -> None:
    roster = make_roster(1)
    roster.probe(2)
    assert not roster.due(NOW).has_strangers
    roster.defer(2, NOW)
    assert roster.due(NOW).has_strangers


def test_a_job_that_becomes_due_meanwhile_is_shared_too() -> None:
    roster = make_roster(1, 2)
    roster.note(1, replace(read(), due_at=NOW.monotonic + 0.5))
    assert list(roster.due(NOW).rest()) == [2]
    assert sorted(roster.due(after(0.5)).rest()) == [1, 2]


def test_a_watched_job_waits_while_it_is_due_and_not_in_flight() -> None:
    roster = make_roster(1, 2)
    assert roster.waits(NOW, in_flight=())
    assert roster.waits(NOW, in_flight={1})
    assert not roster.waits(NOW, in_flight={1, 2})


def test_no_watched_job_waits_until_one_is_due_again() -> None:
    roster = make_roster(1, 2)
    roster.note(1, replace(read(), due_at=NOW.monotonic + 10))
    roster.note(2, replace(read(), due_at=NOW.monotonic + 20))
    waits = [roster.waits(NOW._replace(monotonic=NOW.monotonic + s), ()) for s in (0, 9, 10)]
    assert waits == [False, False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda roster: roster.watch([WatchedJob(id=1), WatchedJob(id=2)], NOW),
        lambda roster: roster.note(1, replace(read(), due_at=NOW.monotonic)),
        lambda roster: roster.revise(lambda reading: replace(reading, due_at=NOW.monotonic)),
        lambda roster: roster.forget_readings(),
    ],
    ids=["a new job", "a read", "a change of all", "another API"],
)
def test_a_watched_job_that_becomes_due_waits(change: Callable[[Roster], object]) -> None:
    roster = make_roster(1)
    roster.note(1, replace(read(), due_at=NOW.monotonic + 10))
    assert not roster.waits(NOW, ())
    assert not roster.due(NOW)
    change(roster)
    assert roster.waits(NOW, ())
    assert roster.due(NOW)


def test_the_watched_jobs_that_are_read_often_are_counted() -> None:
    roster = make_roster(1, 2, 3)
    roster.probe(9)
    roster.note(1, read())
    assert roster.read_often() == 3
    roster.note(2, read(OVER))
    assert roster.read_often() == 2, "its end is confirmed"
    roster.note(3, failed(UNREAD, ServerError("the API failed (500)", 500), NOW, Refresh(), 0))
    assert roster.read_often() == 1, "it is in a back-off"
    roster.watch([WatchedJob(id=2)], NOW)
    assert roster.read_often() == 0


def test_a_probe_looks_at_no_more_due_jobs_than_are_in_flight_and_one() -> None:
    looks = 0

    class Counting(set[int]):
        def __contains__(self, job_id: object) -> bool:
            nonlocal looks
            looks += 1
            return super().__contains__(job_id)

    roster = make_roster(*range(1, 1_000))
    assert roster.waits(NOW, Counting(range(1, 9)))
    assert looks <= 9
