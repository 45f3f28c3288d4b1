"""A view of a job stays the same object as long as it holds; finished jobs stand apart."""

from collections.abc import Mapping

import pytest

from exporter.config.sections import Refresh, WatchedJob
from exporter.jobs.job_views import JobViews
from exporter.jobs.reading import UNREAD, Reading, succeeded
from exporter.jobs.snapshot import JobView
from exporter.model.instant import Instant
from exporter.model.job import Job
from tests.support.readers import OVER, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
STALE = 3600.0
READING = succeeded(UNREAD, RUNNING, NOW, NOW, Refresh())
FINISHED = succeeded(READING, OVER, NOW, NOW, Refresh())
SINCE_ITS_READ = [(0, True), (STALE, True), (STALE + 1, False), (STALE + 9, False)]


def later(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


class Jobs:
    """Watched jobs, their readings, and the views of them."""

    def __init__(self, readings: Mapping[int, Reading]) -> None:
        self.readings = dict(readings)
        self.watched = {job_id: WatchedJob(id=job_id) for job_id in readings}
        self._views = JobViews("live")
        self._views.changed(readings)

    def change(self, job_id: int, reading: Reading) -> None:
        self.readings[job_id] = reading
        self._views.changed([job_id])

    def drop(self, job_id: int) -> None:
        del self.watched[job_id]
        self._views.changed([job_id])

    def shown(
        self, now: Instant = NOW, stale_after: float = STALE
    ) -> tuple[list[JobView], list[JobView]]:
        """Return the views of the finished jobs, and those of the others."""
        chunks = self._views.current(self.watched, self.readings, now, stale_after)
        finished, others = ([v for chunk in one for v in chunk.jobs] for one in chunks)
        return finished, others

    def shown_ids(self) -> tuple[list[int], list[int]]:
        finished, others = self.shown()
        return [view.watched.id for view in finished], [view.watched.id for view in others]


def test_the_values_of_an_unfinished_job_are_shown_until_they_are_too_old() -> None:
    jobs = Jobs({1: READING})
    for seconds, shown in SINCE_ITS_READ:
        _, (view,) = jobs.shown(later(seconds))
        assert view.job is (RUNNING if shown else None)


def test_the_values_of_each_job_become_too_old_by_their_own_read() -> None:
    read_later = succeeded(UNREAD, RUNNING, later(100), later(100), Refresh())
    jobs = Jobs({1: READING, 2: read_later, 3: FINISHED})
    jobs.shown()
    for seconds, shown in ((STALE + 1, [2, 3]), (STALE + 101, [3]), (STALE + 999, [3])):
        finished, others = jobs.shown(later(seconds))
        assert [one.watched.id for one in (*others, *finished) if one.job] == shown


@pytest.mark.parametrize(("before", "after", "shown"), [(STALE, 60, False), (60, STALE, True)])
def test_values_are_too_old_by_the_limit_that_holds_now(
    before: float, after: float, *, shown: bool
) -> None:
    jobs = Jobs({1: READING})
    jobs.shown(later(600), before)
    _, (view,) = jobs.shown(later(600), after)
    assert view.job is (RUNNING if shown else None)


def test_while_no_values_can_have_become_too_old_no_job_is_looked_at() -> None:
    looks = 0

    class Counting(Reading):
        def current(self, now: Instant, stale_after: float) -> Job | None:
            nonlocal looks
            looks += 1
            return super().current(now, stale_after)

    read_later = succeeded(Counting(), RUNNING, later(100), later(100), Refresh())
    jobs = Jobs({1: READING, 2: read_later})
    jobs.shown()
    jobs.shown(later(STALE + 1))
    before = looks
    jobs.shown(later(STALE + 100))
    assert looks == before


def test_values_that_are_too_old_are_shown_again_after_a_read() -> None:
    jobs = Jobs({1: READING})
    jobs.shown(later(STALE + 1))
    jobs.change(1, succeeded(READING, RUNNING, later(STALE + 2), later(STALE + 2), Refresh()))
    assert jobs.shown(later(STALE + 2))[1][0].job is RUNNING
    assert jobs.shown(later(3 * STALE))[1][0].job is None


def test_a_view_is_the_same_object_until_its_job_changes() -> None:
    jobs = Jobs({1: READING, 2: READING})
    _, (first, second) = jobs.shown()
    jobs.change(2, UNREAD)
    _, (still, changed) = jobs.shown(later(STALE))
    assert still is first
    assert (changed is second, changed.reading) == (False, UNREAD)


@pytest.mark.parametrize(("reading", "finished"), [(FINISHED, True), (READING, False)])
def test_a_job_that_finishes_or_runs_again_changes_sides(
    reading: Reading, *, finished: bool
) -> None:
    jobs = Jobs({1: READING if finished else FINISHED, 2: FINISHED, 3: READING})
    jobs.shown()
    jobs.change(1, reading)
    assert jobs.shown_ids() == (([1, 2], [3]) if finished else ([2], [1, 3]))


@pytest.mark.parametrize("reading", [FINISHED, READING, UNREAD])
def test_a_job_that_is_no_longer_watched_is_not_shown(reading: Reading) -> None:
    jobs = Jobs({1: reading, 2: FINISHED})
    jobs.shown()
    jobs.drop(1)
    assert jobs.shown_ids() == ([2], [])
