from collections.abc import Callable
from dataclasses import replace

import pytest

from exporter.config.sections import Refresh, WatchedJob
from exporter.jobs.reading import UNREAD, Reading, failed, succeeded
from exporter.jobs.roster import KEPT, TOGETHER, Roster
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.quota.strangers import LATELY
from tests.support.readers import OVER, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
STALE = 3600.0
DOWN = ServerError("the API failed (500)", 500)


def roster(*job_ids: int) -> Roster:
    return Roster("live", [WatchedJob(id=job_id) for job_id in job_ids])


def read(job: object = RUNNING) -> Reading:
    assert job in (RUNNING, OVER)
    return succeeded(UNREAD, RUNNING if job is RUNNING else OVER, NOW, NOW, Refresh())


def watched(made: Roster) -> list[int]:
    return [view.watched.id for view in made.views(NOW, STALE)]


def after(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


def test_what_is_known_of_a_job_that_stays_is_kept_and_of_one_that_goes_for_a_day() -> None:
    made = roster(1, 2)
    for job_id in (1, 2):
        made.note(job_id, read())
    assert made.watch([WatchedJob(id=2), WatchedJob(id=3)], NOW) == ({3}, {1})
    assert watched(made) == [2, 3]
    assert made.readings.keys() == {1, 2}
    made.watch([WatchedJob(id=3)], after(KEPT))
    assert made.readings.keys() == {1, 2}
    made.watch([], after(KEPT + 1))
    assert made.readings.keys() == {2}


def test_a_job_that_comes_back_within_a_day_goes_on_where_it_was() -> None:
    made = roster(1)
    made.note(1, read())
    made.watch([], NOW)
    assert not made.is_due(1, after(60))
    made.watch([WatchedJob(id=1)], after(60))
    assert made.view(1, after(60), STALE).job is RUNNING
    made.watch([WatchedJob(id=1)], after(10 * KEPT))
    assert made.readings.keys() == {1}


def test_a_job_that_comes_back_after_a_day_is_read_anew() -> None:
    made = roster(1)
    made.note(1, read())
    made.watch([], NOW)
    made.watch([WatchedJob(id=1)], after(KEPT + 1))
    assert made.reading(1) is UNREAD


def test_a_job_that_left_a_day_ago_is_forgotten_with_the_next_scrape() -> None:
    made = roster(1)
    made.note(1, read())
    made.watch([], NOW)
    made.due(after(KEPT + 1))
    assert made.readings == {}


def test_a_job_that_has_gone_is_no_more_forgotten_for_a_probe() -> None:
    made = roster(1)
    made.note(1, read())
    made.watch([], NOW)
    made.probe(1)
    made.forget(1)
    assert made.readings.keys() == {1}


def test_of_readings_that_are_forgotten_the_failures_are_still_counted() -> None:
    made = roster(1, 2)
    made.note(1, failed(read(), ServerError("the API failed (500)", 500), NOW, Refresh(), 0))
    made.note(2, read())
    made.forget_readings()
    assert (made.reading(1), made.reading(2)) == (Reading(errors=1), UNREAD)


def test_a_job_that_is_configured_as_before_keeps_its_view() -> None:
    made = roster(1, 2)
    before = made.views(NOW, STALE)
    made.watch([WatchedJob(id=1), WatchedJob(id=2, name="push")], NOW)
    after = made.views(NOW, STALE)
    assert after[0] is before[0]
    assert (after[1] is before[1], after[1].watched.name) == (False, "push")


def test_a_view_stays_until_the_values_are_too_old_to_show_and_then_another_one_does() -> None:
    made = roster(1)
    made.note(1, read())
    views = [made.views(after(s), STALE)[0] for s in (0, STALE, STALE + 1, STALE + 60)]
    assert [view.job for view in views] == [RUNNING, RUNNING, None, None]
    assert (views[1] is views[0], views[3] is views[2]) == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made: made.note(1, read(OVER)), id="another reading"),
        pytest.param(
            lambda made: made.revise(lambda reading: replace(reading, due_at=0.0)),
            id="due at another time, which the page shows",
        ),
        pytest.param(lambda made: made.forget_readings(), id="nothing is known any more"),
    ],
)
def test_a_view_has_the_reading_that_holds_now(change: Callable[[Roster], object]) -> None:
    made = roster(1, 2)
    for job_id in (1, 2):
        made.note(job_id, read())
    (before, _) = made.views(NOW, STALE)
    change(made)
    (view, _) = made.views(NOW, STALE)
    assert view is not before
    assert view.reading is made.reading(1)


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
    made.watch([], NOW)
    assert made.view(1, NOW, STALE).job is RUNNING
    made.watch([WatchedJob(id=1, name="push")], NOW)
    (view,) = made.views(NOW, STALE)
    assert (view.job, view.watched.name) == (RUNNING, "push")


def test_a_probe_shows_the_name_of_a_watched_job() -> None:
    made = Roster("live", [WatchedJob(id=1, name="push")])
    made.probe(1)
    assert made.view(1, NOW, STALE).watched.name == "push"


def test_probed_jobs_are_counted_only_where_none_is_watched() -> None:
    made = roster(1)
    made.probe(2)
    made.probe(3)
    assert made.jobs() == 1
    made.watch([], NOW)
    assert made.jobs() == 2


def hastened(made: Roster, count: int, besides: set[int]) -> list[int]:
    """Return which jobs are due a moment later, once so many were hastened."""
    made.hasten(count, besides, after(1))
    return [job_id for job_id in (1, 2, 3, 4) if made.is_due(job_id, after(1))]


def test_where_few_jobs_are_read_often_as_many_others_are_hastened_as_are_wanted() -> None:
    made = roster(1, 2, 3, 4)
    for job_id in (2, 3, 4):
        made.note(job_id, read(OVER))
    made.note(1, failed(read(), DOWN, NOW, Refresh(), 0))
    assert hastened(made, 2, {1}) == [2, 3]


def test_a_job_that_did_not_fail_is_hastened_before_one_that_did() -> None:
    made = roster(1, 2, 3)
    made.note(1, failed(read(), DOWN, NOW, Refresh(), 0))
    made.note(2, failed(read(), DOWN, NOW, Refresh(), 0))
    made.note(3, read(OVER))
    assert hastened(made, 1, {1}) == [3]


def test_no_job_is_hastened_where_enough_are_read_often() -> None:
    made = roster(1, 2, 3, 4)
    for job_id in (1, 2, 3, 4):
        made.note(job_id, read())
    assert hastened(made, 2, {1}) == []


def test_a_probed_job_speaks_for_the_api_only_where_no_watched_one_is_read() -> None:
    made = roster(1)
    made.probe(2)
    assert (made.speaks_for_the_api(1), made.speaks_for_the_api(2)) == (True, False)
    made.note(1, read(OVER))
    assert made.speaks_for_the_api(2)


def test_a_probe_that_was_put_off_is_a_scrapes_to_read_for_a_while() -> None:
    made = roster(1)
    made.probe(2)
    made.defer(2, NOW)
    later = NOW._replace(monotonic=NOW.monotonic + LATELY)
    assert made.due(NOW).has_strangers
    assert not made.due(later).has_strangers


def test_a_probe_that_was_put_off_and_read_is_no_longer_a_scrapes() -> None:
    made = roster()
    made.probe(2)
    made.defer(2, NOW)
    made.note(2, UNREAD)
    assert not made.due(NOW).has_strangers


def test_scrapes_at_the_same_time_share_what_is_due() -> None:
    made = roster(1, 2)
    shared = made.due(NOW)
    assert shared.next(retry=True) == 1
    assert list(made.due(after(TOGETHER / 2)).rest()) == [2]
    assert list(made.due(after(TOGETHER)).rest()) == [1, 2]


def test_a_probe_that_is_put_off_meanwhile_is_shared_too() -> None:
    made = roster(1)
    made.probe(2)
    assert not made.due(NOW).has_strangers
    made.defer(2, NOW)
    assert made.due(NOW).has_strangers


def test_what_becomes_due_meanwhile_is_shared_too() -> None:
    made = roster(1, 2)
    made.note(1, replace(read(), due_at=NOW.monotonic + 0.5))
    assert list(made.due(NOW).rest()) == [2]
    assert sorted(made.due(after(0.5)).rest()) == [1, 2]


def test_a_watched_job_waits_while_it_is_due_and_not_in_flight() -> None:
    made = roster(1, 2)
    assert made.waits(NOW, in_flight=())
    assert made.waits(NOW, in_flight={1})
    assert not made.waits(NOW, in_flight={1, 2})


def test_watched_jobs_that_were_read_wait_for_nothing_until_one_is_due_again() -> None:
    made = roster(1, 2)
    made.note(1, replace(read(), due_at=NOW.monotonic + 10))
    made.note(2, replace(read(), due_at=NOW.monotonic + 20))
    waits = [made.waits(NOW._replace(monotonic=NOW.monotonic + s), ()) for s in (0, 9, 10)]
    assert waits == [False, False, True]


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made.watch([WatchedJob(id=1), WatchedJob(id=2)], NOW),
        lambda made: made.note(1, replace(read(), due_at=NOW.monotonic)),
        lambda made: made.revise(lambda reading: replace(reading, due_at=NOW.monotonic)),
        lambda made: made.forget_readings(),
    ],
    ids=["a new job", "a read", "a change of all", "another API"],
)
def test_a_watched_job_that_becomes_due_waits(change: Callable[[Roster], object]) -> None:
    made = roster(1)
    made.note(1, replace(read(), due_at=NOW.monotonic + 10))
    assert not made.waits(NOW, ())
    assert not made.due(NOW)
    change(made)
    assert made.waits(NOW, ())
    assert made.due(NOW)


def test_the_watched_jobs_that_are_read_often_are_counted() -> None:
    made = roster(1, 2, 3)
    made.probe(9)
    made.note(1, read())
    assert made.read_often() == 3
    made.note(2, read(OVER))
    assert made.read_often() == 2, "its end is confirmed"
    made.note(3, failed(UNREAD, ServerError("the API failed (500)", 500), NOW, Refresh(), 0))
    assert made.read_often() == 1, "it is in a back-off"
    made.watch([WatchedJob(id=2)], NOW)
    assert made.read_often() == 0


def test_a_flood_of_probes_looks_through_no_jobs_while_those_that_are_due_are_in_flight() -> None:
    made = roster(1, 2)
    made.note(2, replace(read(), due_at=NOW.monotonic + 10))
    assert not made.waits(NOW, {1})

    class Untouched(set[int]):
        def __contains__(self, job_id: object) -> bool:
            raise AssertionError

    assert not made.waits(NOW, Untouched())
    made.note(1, replace(read(), due_at=NOW.monotonic))
    assert made.waits(NOW, ())


def test_nothing_is_left_of_a_job_that_was_forgotten() -> None:
    made = roster(1)
    for job_id in range(2, 100):
        made.probe(job_id)
        made.note(job_id, read())
        made.view(job_id, NOW, STALE)
        made.defer(job_id, NOW)
        made.forget(job_id)
    assert (list(made.readings), len(list(made.proven(NOW).rest()))) == ([], 1)
