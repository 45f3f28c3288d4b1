"""The current views of an account's watched jobs, each made once after its job has changed."""

import math
from collections.abc import Iterable, Mapping

from exporter.config.sections import WatchedJob
from exporter.jobs.chunks import Chunks
from exporter.jobs.reading import UNREAD, Reading
from exporter.jobs.snapshot import JobChunks, JobView
from exporter.model.instant import Instant


class JobViews:
    """Keeps the views in chunks: the finished jobs in some, all others in others.

    Finished jobs hardly change, so neither do their chunks.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._finished = Chunks()
        self._others = Chunks()
        self._changed: set[int] = set()
        self._stale_after = self._hold_until = math.inf

    def changed(self, job_ids: Iterable[int]) -> None:
        """Note that the configuration or the reading of these jobs changed; or they came or went.

        All other views hold until their values become too old to show.
        """
        self._changed.update(job_ids)

    def current(
        self,
        watched: Mapping[int, WatchedJob],
        readings: Mapping[int, Reading],
        now: Instant,
        stale_after: float,
    ) -> JobChunks:
        """Return the chunks of the watched jobs as they are now."""
        if now.monotonic > self._hold_until or stale_after != self._stale_after:
            self._find_too_old(now, stale_after)
        if self._changed:
            views = {
                job_id: self.view(job, readings.get(job_id, UNREAD), now, stale_after)
                for job_id in self._changed
                if (job := watched.get(job_id))
            }
            ends = (_holds_until(view, stale_after) for view in views.values())
            self._hold_until = min(self._hold_until, min(ends, default=math.inf))
            for chunks, finished in ((self._finished, True), (self._others, False)):
                held = {job_id: one for job_id, one in views.items() if one.finished is finished}
                chunks.change(dict.fromkeys(self._changed) | held)
            self._changed.clear()
        return JobChunks(tuple(self._finished), tuple(self._others))

    def view(
        self, watched: WatchedJob, reading: Reading, now: Instant, stale_after: float
    ) -> JobView:
        """Return a view of one job, watched or not."""
        return JobView(self._account, watched, reading, reading.current(now, stale_after))

    def _find_too_old(self, now: Instant, stale_after: float) -> None:
        """Note the jobs whose values have become too old to show, and when the next will."""
        self._stale_after, self._hold_until = stale_after, math.inf
        for chunk in self._others:
            for view in chunk.jobs:
                if view.reading.current(now, stale_after) is not view.job:
                    self._changed.add(view.watched.id)
                else:
                    self._hold_until = min(self._hold_until, _holds_until(view, stale_after))


def _holds_until(view: JobView, stale_after: float) -> float:
    """Return when the values become too old to show (monotonic seconds); infinity: never."""
    read_at = view.reading.read_at
    if view.job is None or view.job.finished or read_at is None:
        return math.inf
    return read_at.monotonic + stale_after
