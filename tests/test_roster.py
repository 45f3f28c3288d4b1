from exporter.config import Refresh, WatchedJob
from exporter.health import ENOUGH
from exporter.instant import Instant
from exporter.roster import Roster
from exporter.watch import UNREAD, Reading, succeeded
from tests.readers import DONE, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
STALE = 3600.0


def roster(*job_ids: int) -> Roster:
    return Roster("live", [WatchedJob(id=job_id) for job_id in job_ids])


def read(job: object = RUNNING) -> Reading:
    assert job in (RUNNING, DONE)
    return succeeded(UNREAD, RUNNING if job is RUNNING else DONE, NOW, NOW, Refresh())


def watched(made: Roster) -> list[int]:
    return [view.watched.id for view in made.views(NOW, STALE)]


def test_what_is_known_of_a_job_that_stays_is_kept_and_of_one_that_goes_is_not() -> None:
    made = roster(1, 2)
    for job_id in (1, 2):
        made.note(job_id, read())
    assert made.watch([WatchedJob(id=2), WatchedJob(id=3)]) == ({3}, {1})
    assert watched(made) == [2, 3]
    assert made.readings.keys() == {2}


def test_a_job_that_is_as_it_was_is_not_drawn_again() -> None:
    made = roster(1, 2)
    before = made.views(NOW, STALE)
    made.watch([WatchedJob(id=1), WatchedJob(id=2, name="push")])
    after = made.views(NOW, STALE)
    assert after[0] is before[0]
    assert (after[1] is before[1], after[1].watched.name) == (False, "push")


def test_of_a_job_that_is_neither_watched_nor_probed_nothing_is_kept() -> None:
    made = roster(1)
    made.note(7, read())
    made.view(7, NOW, STALE)
    assert made.reading(7) is UNREAD
    assert not made.is_due(7, NOW)


def test_a_probed_job_is_known_but_not_watched() -> None:
    made = roster(1)
    made.probe(7)
    made.note(7, read())
    assert watched(made) == [1]
    assert list(made.due(NOW).rest()) == [1]
    assert made.view(7, NOW, STALE).job is RUNNING


def test_a_probed_job_that_is_forgotten_is_known_no_more() -> None:
    made = roster(1)
    made.probe(7)
    made.note(7, read())
    made.forget(7)
    assert made.view(7, NOW, STALE).job is None
    assert 7 not in made


def test_a_watched_job_is_not_forgotten_with_its_probe() -> None:
    made = roster(1)
    made.probe(1)
    made.note(1, read())
    made.forget(1)
    assert made.view(1, NOW, STALE).job is RUNNING


def test_a_probed_job_that_is_no_longer_watched_is_still_known() -> None:
    made = roster(1)
    made.probe(1)
    made.note(1, read())
    made.watch([])
    assert made.view(1, NOW, STALE).job is RUNNING
    made.watch([WatchedJob(id=1, name="push")])
    (view,) = made.views(NOW, STALE)
    assert (view.job, view.watched.name) == (RUNNING, "push")


def test_a_probe_shows_the_name_of_a_watched_job() -> None:
    made = Roster("live", [WatchedJob(id=1, name="push")])
    made.probe(1)
    assert made.view(1, NOW, STALE).watched.name == "push"


def test_the_unfinished_are_counted_up_to_enough_probed_ones_too() -> None:
    made = roster(1, 2)
    made.note(2, read(DONE))
    made.probe(1)
    made.probe(3)
    assert made.unfinished() == 2
    made.watch([WatchedJob(id=number) for number in range(1, 100)])
    assert made.unfinished() == ENOUGH
