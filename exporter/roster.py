"""The jobs of one account: those watched, those a probe asked for, and what is known of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice

from exporter.config import WatchedJob
from exporter.health import ENOUGH
from exporter.instant import Instant
from exporter.pending import Pending
from exporter.snapshot import JobView
from exporter.watch import UNREAD, Reading, due, is_due


class Roster:
    """Keeps the readings of the jobs that are watched or were probed, and of no others."""

    def __init__(self, account: str, jobs: Iterable[WatchedJob]) -> None:
        self._account = account
        self._watched = {job.id: job for job in jobs}
        self._probed: dict[int, WatchedJob] = {}
        self._readings: dict[int, Reading] = {}
        self._views: dict[int, JobView] = {}

    @property
    def readings(self) -> Mapping[int, Reading]:
        """What is known of each job that was attempted."""
        return self._readings

    def watch(self, jobs: Sequence[WatchedJob]) -> tuple[set[int], set[int]]:
        """Watch these jobs from now on; return those that came and those that went.

        What is known of those that stay is kept, what is known of those that go is forgotten. A job
        that is as it was stays the same object, so that its view is not drawn again.
        """
        before = self._watched
        self._watched = {
            job.id: before[job.id] if before.get(job.id) == job else job for job in jobs
        }
        gone = before.keys() - self._watched.keys()
        for job_id in gone - self._probed.keys():
            self._drop(job_id)
        return self._watched.keys() - before.keys(), gone

    def probe(self, job_id: int) -> None:
        """Keep what is known of a job that a probe asks for, whether it is watched or not."""
        self._probed.setdefault(job_id, WatchedJob(id=job_id))

    def forget(self, job_id: int) -> None:
        """Forget that a probe asked for a job, and the job too if it is not watched."""
        self._probed.pop(job_id, None)
        if job_id not in self._watched:
            self._drop(job_id)

    def _drop(self, job_id: int) -> None:
        self._readings.pop(job_id, None)
        self._views.pop(job_id, None)

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._watched or job_id in self._probed

    def reading(self, job_id: int) -> Reading:
        """Return what is known of a job."""
        return self._readings.get(job_id, UNREAD)

    def note(self, job_id: int, reading: Reading) -> None:
        """Note what is known of a job now; of one that has gone meanwhile nothing is kept."""
        if job_id in self:
            self._readings[job_id] = reading

    def revise(self, change: Callable[[Reading], Reading]) -> None:
        """Put what `change` makes of it in the place of each reading."""
        for job_id, reading in self._readings.items():
            self._readings[job_id] = change(reading)

    def due(self, now: Instant, job_id: int | None = None) -> Pending:
        """Return the reads of the watched jobs, or of one job, that are due."""
        job_ids = self._watched if job_id is None else (job_id,)
        return Pending(due(self._readings, job_ids, now), self._readings)

    def is_due(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is to be read now; one that has gone is not."""
        return job_id in self and is_due(self.reading(job_id), now)

    def unfinished(self) -> int:
        """Return how many jobs are read at all, or `ENOUGH` when there are more."""
        job_ids = chain(self._watched, self._probed.keys() - self._watched.keys())
        still_read = (one for one in job_ids if not self.reading(one).finished)
        return len(list(islice(still_read, ENOUGH)))

    def views(self, now: Instant, stale_after: float) -> tuple[JobView, ...]:
        """Return the watched jobs as they are now."""
        return tuple(self._view(job, now, stale_after) for job in self._watched.values())

    def view(self, job_id: int, now: Instant, stale_after: float) -> JobView:
        """Return one job as it is now, whether it is watched or not."""
        job = self._watched.get(job_id) or self._probed.get(job_id) or WatchedJob(id=job_id)
        return self._view(job, now, stale_after)

    def _view(self, watched: WatchedJob, now: Instant, stale_after: float) -> JobView:
        """Return what is known of a job: the same view as before where nothing has changed."""
        reading = self.reading(watched.id)
        job = reading.current(now, stale_after)
        view = self._views.get(watched.id)
        if (
            view is None
            or view.watched is not watched
            or view.reading is not reading
            or view.job is not job
        ):
            view = JobView(self._account, watched, reading, job)
            if watched.id in self:
                self._views[watched.id] = view
        return view
