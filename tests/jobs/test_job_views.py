"""A view of a job stays the same object as long as it holds."""

from collections.abc import Mapping

import pytest

from exporter.config.sections import Refresh, WatchedJob
from exporter.jobs.job_views import JobViews
from exporter.jobs.reading import UNREAD, Reading, succeeded
from exporter.model.instant import Instant
from tests.support.readers import OVER, RUNNING

NOW = Instant(1000.0, 1_700_000_000.0)
STALE = 3600.0
WATCHED = WatchedJob(id=1)
READING = succeeded(UNREAD, RUNNING, NOW, NOW, Refresh())


def later(seconds: float) -> Instant:
    return Instant(NOW.monotonic + seconds, NOW.unix + seconds)


def test_a_view_is_the_same_until_its_values_are_too_old_to_show() -> None:
    views = JobViews("live")
    seen = [views.view(WATCHED, READING, later(s), STALE) for s in (0, STALE, STALE + 1, STALE + 9)]
    assert [view.job for view in seen] == [RUNNING, RUNNING, None, None]
    assert (seen[1] is seen[0], seen[3] is seen[2]) == (True, True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"watched": WatchedJob(id=1, name="push")}, id="another configuration"),
        pytest.param({"reading": succeeded(READING, OVER, NOW, NOW, Refresh())}, id="another read"),
        pytest.param({"reading": UNREAD}, id="nothing known any more"),
    ],
)
def test_a_change_of_what_is_shown_makes_another_view(
    change: Mapping[str, WatchedJob | Reading],
) -> None:
    views = JobViews("live")
    of = {"watched": WATCHED, "reading": READING}
    before = views.view(**of, now=NOW, stale_after=STALE)  # type: ignore[arg-type]
    after = views.view(**of | change, now=NOW, stale_after=STALE)  # type: ignore[arg-type]
    assert after is not before
    assert (after.watched, after.reading) == tuple((of | change).values())
