"""The views of jobs in the order of their ids, in chunks that stay the same until a job changes."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import groupby

from exporter.jobs.snapshot import Chunk, JobView

MOST = 128
"""Jobs in a chunk at most. A larger chunk is cut into chunks of about half as many."""


class Chunks:
    """Keeps the views of some jobs in chunks of at most `most` jobs.

    A change replaces only the chunks of its jobs, and the neighbour of one that has become small:
    what is left of many chunks stands in few.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._chunks: list[Chunk] = []
        self._last_ids: list[int] = []

    def __iter__(self) -> Iterator[Chunk]:
        return iter(self._chunks)

    def __contains__(self, job_id: int) -> bool:
        if not self._chunks:
            return False
        jobs = self._chunks[self._place(job_id)].jobs
        index = bisect_left(jobs, job_id, key=_id)
        return index < len(jobs) and _id(jobs[index]) == job_id

    def change(self, views: Mapping[int, JobView | None]) -> None:
        """Put each view in the place of its job id. None drops the job, if it is here."""
        changes = sorted(job_id for job_id, view in views.items() if view or job_id in self)
        places = [(place, list(ids)) for place, ids in groupby(changes, self._place)]
        for place, ids in reversed(places):  # from the end: a cut moves only later places
            self._replace(place, {job_id: views[job_id] for job_id in ids})

    def _place(self, job_id: int) -> int:
        """Return the index of the chunk where a job is, or where it would be."""
        return max(0, min(bisect_left(self._last_ids, job_id), len(self._chunks) - 1))

    def _replace(self, place: int, views: Mapping[int, JobView | None]) -> None:
        before = self._chunks[place].jobs if self._chunks else ()
        after = {**{_id(view): view for view in before}, **views}
        jobs = tuple(view for job_id in sorted(after) if (view := after[job_id]))
        end = place + 1
        neighbour = self._chunks[end].jobs if end < len(self._chunks) else ()
        if jobs and len(jobs) + len(neighbour) <= self._most // 2:
            jobs, end = (*jobs, *neighbour), end + 1
        chunks = list(_cut(jobs, self._most))
        self._chunks[place:end] = chunks
        self._last_ids[place:end] = [_id(chunk.jobs[-1]) for chunk in chunks]


def _id(view: JobView) -> int:
    return view.watched.id


def _cut(jobs: tuple[JobView, ...], most: int) -> Iterator[Chunk]:
    """Yield the jobs in one chunk, or if they are too many in several of one size; none if none."""
    count = 1 if len(jobs) <= most else len(jobs) // (most // 2)
    size = -(-len(jobs) // count)
    for start in range(0, len(jobs), size or 1):
        yield Chunk(jobs[start : start + size])
