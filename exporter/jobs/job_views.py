"""The views of one account's jobs; a job gets a new view only when the last no longer holds."""

from exporter.config.sections import WatchedJob
from exporter.jobs.reading import Reading
from exporter.jobs.snapshot import JobView
from exporter.model.instant import Instant


class JobViews:
    """Makes views, and keeps the last one of each job."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._last: dict[int, JobView] = {}

    def view(
        self, watched: WatchedJob, reading: Reading, now: Instant, stale_after: float
    ) -> JobView:
        """Return the view of a job.

        A view holds until the job is read, its reading is revised, its configuration changes, or
        its values become too old to show.
        """
        job = reading.current(now, stale_after)
        last = self._last.get(watched.id)
        if last and last.watched is watched and last.reading is reading and last.job is job:
            return last
        view = self._last[watched.id] = JobView(self._account, watched, reading, job)
        return view

    def drop(self, job_id: int) -> None:
        """Drop the view of a job that is gone."""
        self._last.pop(job_id, None)
