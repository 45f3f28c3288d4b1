"""Which readings and views a roster keeps of watched and probed jobs, and for how long."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from exporter.config.sections import Refresh, WatchedJob
from exporter.jobs.reading import UNREAD, Reading, failed, succeeded
from exporter.jobs.roster import KEPT, Roster
from exporter.jobs.snapshot import JobView
from exporter.model.duration import DAY
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.strangers import LATELY
from tests.support.readers import OVER, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
STALE = 3600.0


def make_roster(*job_ids: int) -> Roster:
    return Roster("live", [WatchedJob(id=job_id) for job_id in job_ids])


def read(job: Job = RUNNING) -> Reading:
    return succeeded(UNREAD, job, NOW, NOW, Refresh())


def views(roster: Roster) -> list[JobView]:
    return [view for chunks in roster.views(NOW, STALE) for chunk in chunks for view in chunk.jobs]


def watched(roster: Roster) -> list[int]:
    return [view.watched.id for view in views(roster)]


def after(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


def test_the_reading_of_a_job_that_stays_is_kept_and_of_one_that_goes_for_a_day() -> None:
    roster = make_roster(1, 2)
    for job_id in (1, 2):
        roster.note(job_id, read())
    assert watched(roster) == [1, 2]
    assert roster.watch([WatchedJob(id=2), WatchedJob(id=3)], NOW) == ({3}, {1})
    assert watched(roster) == [2, 3]
    assert roster.readings.keys() == {1, 2}
    roster.watch([WatchedJob(id=3)], after(KEPT))
    assert roster.readings.keys() == {1, 2}
    roster.watch([], after(KEPT + 1))
    assert roster.readings.keys() == {2}


def test_a_job_that_comes_back_within_a_day_has_its_reading_still() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    roster.watch([], NOW)
    assert not roster.is_due(1, after(60))
    roster.watch([WatchedJob(id=1)], after(60))
    assert roster.view(1, after(60), STALE).job is RUNNING
    roster.watch([WatchedJob(id=1)], after(10 * KEPT))
    assert roster.readings.keys() == {1}


def test_a_job_that_comes_back_after_a_day_is_read_anew() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    roster.watch([], NOW)
    roster.watch([WatchedJob(id=1)], after(KEPT + 1))
    assert roster.reading(1) is UNREAD


def test_a_job_that_left_a_day_ago_is_forgotten_with_the_next_scrape() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    roster.watch([], NOW)
    roster.due(after(KEPT + 1))
    assert roster.readings == {}


def test_a_job_that_left_a_day_ago_is_forgotten_though_no_job_is_ever_due() -> None:
    roster = make_roster(1, 2)
    for job_id in (1, 2):
        roster.note(job_id, replace(read(OVER), due_at=math.inf))
    roster.watch([WatchedJob(id=2)], NOW)
    for seconds in (0.0, KEPT + 1):
        roster.due(after(seconds))
    assert roster.readings.keys() == {2}


def test_the_end_of_a_probe_does_not_forget_a_job_that_left_within_a_day() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    roster.watch([], NOW)
    roster.probe(1)
    roster.forget(1)
    assert roster.readings.keys() == {1}


def test_readings_that_are_forgotten_keep_their_count_of_errors() -> None:
    roster = make_roster(1, 2)
    roster.note(1, failed(read(), ServerError("the API failed (500)", 500), NOW, Refresh(), 0))
    roster.note(2, read())
    roster.forget_readings()
    assert (roster.reading(1), roster.reading(2)) == (Reading(errors=1), UNREAD)


def test_a_job_that_is_configured_as_before_keeps_its_view() -> None:
    roster = make_roster(1, 2)
    before = views(roster)
    roster.watch([WatchedJob(id=1), WatchedJob(id=2, name="push")], NOW)
    after = views(roster)
    assert after[0] is before[0]
    assert (after[1] is before[1], after[1].watched.name) == (False, "push")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda roster: roster.note(1, read(OVER)), id="another reading"),
        pytest.param(
            lambda roster: roster.revise(lambda reading: replace(reading, due_at=0.0)),
            id="due at another time, which the page shows",
        ),
        pytest.param(lambda roster: roster.forget_readings(), id="nothing is known any more"),
    ],
)
def test_a_view_has_the_reading_that_holds_now(change: Callable[[Roster], object]) -> None:
    roster = make_roster(1, 2)
    for job_id in (1, 2):
        roster.note(job_id, read())
    before = views(roster)
    change(roster)
    (view,) = (one for one in views(roster) if one.watched.id == 1)
    assert view not in before
    assert view.reading is roster.reading(1)


def test_a_revision_that_changes_no_reading_keeps_every_view() -> None:
    roster = make_roster(1, 2)
    roster.note(1, read())
    before = views(roster)
    roster.revise(lambda reading: reading)
    assert views(roster) == before


def test_nothing_is_kept_of_a_job_that_is_neither_watched_nor_probed() -> None:
    roster = make_roster(1)
    roster.note(7, read())
    roster.view(7, NOW, STALE)
    assert roster.reading(7) is UNREAD
    assert not roster.is_due(7, NOW)


def test_a_probed_job_is_known_but_not_watched() -> None:
    roster = make_roster(1)
    roster.probe(7)
    roster.note(7, read())
    assert watched(roster) == [1]
    assert list(roster.due(NOW).rest()) == [1]
    assert roster.view(7, NOW, STALE).job is RUNNING


def test_a_probed_job_that_is_forgotten_is_no_longer_known() -> None:
    roster = make_roster(1)
    roster.probe(7)
    roster.note(7, read())
    roster.forget(7)
    assert roster.view(7, NOW, STALE).job is None
    assert 7 not in roster


def test_a_watched_job_is_not_forgotten_with_its_probe() -> None:
    roster = make_roster(1)
    roster.probe(1)
    roster.note(1, read())
    roster.forget(1)
    assert roster.view(1, NOW, STALE).job is RUNNING


def test_a_probed_job_that_is_no_longer_watched_is_still_known() -> None:
    roster = make_roster(1)
    roster.probe(1)
    roster.note(1, read())
    roster.watch([], NOW)
    assert roster.view(1, NOW, STALE).job is RUNNING
    roster.watch([WatchedJob(id=1, name="push")], NOW)
    (view,) = views(roster)
    assert (view.job, view.watched.name) == (RUNNING, "push")


def test_a_probe_shows_the_name_of_a_watched_job() -> None:
    roster = Roster("live", [WatchedJob(id=1, name="push")])
    roster.probe(1)
    assert roster.view(1, NOW, STALE).watched.name == "push"


def test_probed_jobs_are_counted_only_where_none_is_watched() -> None:
    roster = make_roster(1)
    roster.probe(2)
    roster.probe(3)
    assert roster.count_for_health() == 1
    roster.watch([], NOW)
    assert roster.count_for_health() == 2


def test_a_probed_job_speaks_for_the_api_only_where_no_watched_one_is_read() -> None:
    roster = make_roster(1)
    roster.probe(2)
    assert (roster.speaks_for_the_api(1), roster.speaks_for_the_api(2)) == (True, False)
    roster.note(1, read(OVER))
    assert roster.speaks_for_the_api(2)


def test_nothing_is_left_of_jobs_that_were_forgotten() -> None:
    roster = make_roster(1)
    for job_id in range(2, 100):
        roster.probe(job_id)
        roster.note(job_id, read())
        roster.view(job_id, NOW, STALE)
        roster.defer(job_id, NOW)
        roster.forget(job_id)
    assert (list(roster.readings), len(list(roster.proven(NOW).rest()))) == ([], 1)


def test_while_no_job_is_due_the_due_reads_are_the_same_until_the_next_can_be() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    due_at = roster.reading(1).due_at - NOW.monotonic
    none = roster.due(NOW)
    assert roster.due(after(due_at - 0.1)) is none
    assert list(roster.due(after(due_at)).rest()) == [1]


def test_a_job_that_becomes_due_early_is_found_while_none_else_is_due() -> None:
    roster = make_roster(1)
    roster.note(1, read())
    assert not roster.due(NOW)
    roster.note(1, replace(read(), due_at=NOW.monotonic + 1))
    assert list(roster.due(after(1)).rest()) == [1]


def test_a_probe_that_was_deferred_long_ago_is_not_due_any_more() -> None:
    roster = make_roster(1)
    roster.note(1, succeeded(UNREAD, OVER, after(-DAY), after(-DAY), Refresh(finished="0")))
    roster.probe(7)
    roster.defer(7, NOW)
    assert roster.due(NOW).has_strangers
    assert not roster.due(after(LATELY + 1)).has_strangers
