"""The jobs of one account, watched or probed, and the reading of each."""

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

from exporter.config.sections import WatchedJob
from exporter.jobs.due import NONE_DUE, DueReads, due, is_due, is_read_often, likeliest_answered
from exporter.jobs.due_times import DueTimes
from exporter.jobs.job_views import JobViews
from exporter.jobs.reading import UNREAD, Reading
from exporter.jobs.snapshot import JobChunks, JobView
from exporter.model.duration import DAY
from exporter.model.instant import Instant
from exporter.quota.strangers import LATELY

KEPT = DAY
"""Seconds to keep the reading of a job that is no longer watched. The job may come back, as when a
script removes a job file and writes a new one."""

TOGETHER = 1.0
"""Seconds for which scrapes share the due reads that one of them found, unless a job changes."""


class Roster:
    """Keeps the readings of watched and probed jobs, and for a day those of jobs that went."""

    def __init__(self, account: str, jobs: Iterable[WatchedJob]) -> None:
        self._watched: dict[int, WatchedJob] = {}
        self._probed: dict[int, WatchedJob] = {}
        self._deferred: dict[int, float] = {}
        self._readings: dict[int, Reading] = {}
        self._left: dict[int, float] = {}
        self._due_times = DueTimes()
        self._views = JobViews(account)
        self.changes = 0
        """Goes up whenever a job may have become due or stopped being due."""
        self._due_reads = NONE_DUE
        self._due_reads_until = -math.inf
        self._read_often: int | None = None
        self._watch(jobs)

    @property
    def readings(self) -> Mapping[int, Reading]:
        """The readings by job id, of each job that was attempted at least once."""
        return self._readings

    def watch(self, jobs: Sequence[WatchedJob], now: Instant) -> tuple[set[int], set[int]]:
        """Watch `jobs` from now on; return the ids that came and the ids that went.

        The readings of jobs that stay are kept; for `KEPT` seconds, so are those of jobs that went.
        A job with an unchanged configuration keeps its view.
        """
        self._expire(now)
        came, gone = self._watch(jobs)
        left = self._left | dict.fromkeys(gone, now.monotonic)
        self._left = {one: at for one, at in left.items() if one not in self._watched}
        for job_id in gone:
            self._drop(job_id)
        return came, gone

    def _watch(self, jobs: Iterable[WatchedJob]) -> tuple[set[int], set[int]]:
        before = self._watched
        self._watched = {
            job.id: before[job.id] if before.get(job.id) == job else job for job in jobs
        }
        self.invalidate()
        came, gone = self._watched.keys() - before.keys(), before.keys() - self._watched.keys()
        for job_id in came:
            self._due_times.set(job_id, self.reading(job_id).due_at)
        for job_id in gone:
            self._due_times.drop(job_id)
        either = before.keys() | self._watched.keys()
        self._views.changed(one for one in either if before.get(one) is not self._watched.get(one))
        return came, gone

    def _expire(self, now: Instant) -> None:
        """Drop the readings of jobs that left too long ago."""
        for job_id in [one for one, at in self._left.items() if now.monotonic - at > KEPT]:
            del self._left[job_id]
            self._drop(job_id)

    def forget_readings(self) -> None:
        """Forget every reading, except for its count of errors."""
        before = self._readings
        self._readings = {
            job_id: Reading(errors=reading.errors)
            for job_id, reading in self._readings.items()
            if reading.errors
        }
        self._changed(before)
        self.invalidate()

    def leave(self, now: Instant) -> None:
        """Stop watching every job, and forget the probed jobs."""
        self.watch([], now)
        for job_id in tuple(self._probed):
            self.forget(job_id)

    def probe(self, job_id: int) -> None:
        """Keep the reading of a job that is probed, whether or not it is watched."""
        self._probed.setdefault(job_id, WatchedJob(id=job_id))

    def defer(self, job_id: int, now: Instant) -> None:
        """Note that the read of a probe is deferred to the next scrape."""
        self._deferred[job_id] = now.monotonic
        self._due_reads_until = -math.inf

    def forget(self, job_id: int) -> None:
        """Forget that a job was probed, and its reading unless it is watched."""
        self._probed.pop(job_id, None)
        self._drop(job_id)

    def _drop(self, job_id: int) -> None:
        """Drop the reading of a job, unless it is watched, probed or left lately."""
        if job_id in self:
            return
        self._deferred.pop(job_id, None)
        if job_id not in self._left:
            self._readings.pop(job_id, None)

    def __len__(self) -> int:
        """Return how many jobs are watched."""
        return len(self._watched)

    def __contains__(self, job_id: int) -> bool:
        return job_id in self._watched or job_id in self._probed

    def watched(self, job_id: int) -> WatchedJob | None:
        """Return a watched job as it is configured, or None when it is not watched."""
        return self._watched.get(job_id)

    def is_watched(self, job_id: int) -> bool:
        """Tell whether a job is watched. A job that is only probed is a stranger."""
        return job_id in self._watched

    def reading(self, job_id: int) -> Reading:
        """Return the reading of a job."""
        return self._readings.get(job_id, UNREAD)

    def note(self, job_id: int, reading: Reading) -> None:
        """Keep the new reading of a job, unless the job was forgotten."""
        self._deferred.pop(job_id, None)
        if job_id in self or job_id in self._left:
            before = self.reading(job_id)
            if (reading.end_confirmed, reading.error) != (before.end_confirmed, before.error):
                self._read_often = None
            self._readings[job_id] = reading
            self._changed((job_id,))
            self._due_reads_until = min(self._due_reads_until, reading.due_at)
            self.changes += 1

    def revise(self, change: Callable[[Reading], Reading]) -> None:
        """Replace each reading with the result of `change`."""
        revised = {job_id: change(reading) for job_id, reading in self._readings.items()}
        changed = [one for one, reading in revised.items() if reading is not self._readings[one]]
        self._readings = revised
        self._changed(changed)
        self.invalidate()

    def _changed(self, job_ids: Iterable[int]) -> None:
        """Follow the new readings of some jobs, as far as they are watched."""
        watched = [job_id for job_id in job_ids if job_id in self._watched]
        self._views.changed(watched)
        for job_id in watched:
            self._due_times.set(job_id, self.reading(job_id).due_at)

    def invalidate(self) -> None:
        """Forget earlier results: which jobs are due, and how many are read often."""
        self._due_reads_until = -math.inf
        self._read_often = None
        self.changes += 1

    def due(self, now: Instant) -> DueReads:
        """Return the due reads of the watched jobs, and of recently deferred probes.

        Overlapping scrapes share them, so only one scrape takes each read.
        """
        self._expire(now)
        if now.monotonic < self._due_reads_until:
            return self._due_reads
        lately = now.monotonic - LATELY
        self._deferred = {one: at for one, at in self._deferred.items() if at > lately}
        job_ids = dict.fromkeys((*self._watched_due(now), *self._deferred))
        self._due_reads = self._due_of(job_ids, now)
        together = now.monotonic + TOGETHER if job_ids else math.inf
        self._due_reads_until = min(together, self._due_times.next(now))
        return self._due_reads

    def _watched_due(self, now: Instant) -> list[int]:
        """Return the watched jobs that are due, in the order of the configuration."""
        job_ids = self._due_times.due(now)
        return [job_id for job_id in self._watched if job_id in job_ids] if job_ids else []

    def proven(self, now: Instant) -> DueReads:
        """Return the due reads of the watched jobs, and of probed jobs with a good read before."""
        probed = (job_id for job_id in self._probed if self.reading(job_id).job is not None)
        return self._due_of(dict.fromkeys((*self._watched_due(now), *probed)), now)

    def _due_of(self, job_ids: Iterable[int], now: Instant) -> DueReads:
        return DueReads(due(self._readings, job_ids, now), self._readings, self._watched)

    def is_due(self, job_id: int, now: Instant) -> bool:
        """Tell whether a job is due; a forgotten job is not."""
        return job_id in self and is_due(self.reading(job_id), now)

    def waits(self, now: Instant, in_flight: Container[int]) -> bool:
        """Tell whether a watched job is due and not in flight."""
        return any(job_id not in in_flight for job_id in self._due_times.due(now))

    def read_often(self) -> int:
        """Return how many watched jobs have no confirmed end and are in no back-off."""
        if self._read_often is None:
            self._read_often = sum(is_read_often(self.reading(one)) for one in self._watched)
        return self._read_often

    def count_for_health(self) -> int:
        """Return how many jobs judge the API's health: the watched, or without any the probed."""
        return len(self._watched) or len(self._probed)

    def make_due(self, count: int, excluding: Container[int], now: Instant) -> None:
        """Make `count` watched jobs due now, unless that many are read often anyway.

        The jobs in `excluding` failed and do not count. Reads of other jobs tell whether the API
        fails, or only these jobs.
        """
        others = [job_id for job_id in self._watched if job_id not in excluding]
        for job_id in likeliest_answered(self._readings, others, count):
            reading = self.reading(job_id)
            self.note(job_id, replace(reading, due_at=min(reading.due_at, now.monotonic)))

    def is_new(self, job_id: int) -> bool:
        """Tell whether a job has never had a good read; such a job may not exist."""
        return self.reading(job_id).job is None

    def known_waits(self, now: Instant) -> bool:
        """Tell whether a probe was recently deferred whose job has had a good read."""
        lately = now.monotonic - LATELY
        return any(at > lately and not self.is_new(one) for one, at in self._deferred.items())

    def speaks_for_the_api(self, job_id: int) -> bool:
        """Tell whether a failed read of a job says anything about the API.

        Anybody can probe for any id. So while a watched job has no confirmed end, only reads of
        watched jobs count.
        """
        readings = map(self.reading, self._watched)
        return job_id in self._watched or all(one.end_confirmed for one in readings)

    def views(self, now: Instant, stale_after: float) -> JobChunks:
        """Return the current views of all watched jobs."""
        return self._views.current(self._watched, self._readings, now, stale_after)

    def view(self, job_id: int, now: Instant, stale_after: float) -> JobView:
        """Return the current view of one job, watched or not."""
        job = self._watched.get(job_id) or self._probed.get(job_id) or WatchedJob(id=job_id)
        return self._views.view(job, self.reading(job_id), now, stale_after)
