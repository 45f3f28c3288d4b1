"""Views stand in the order of their ids, in chunks that only a change of their jobs replaces."""

from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.jobs.chunks import MOST, Chunks
from exporter.jobs.snapshot import JobView
from tests.support.snapshots import make_view

FEW = 4
CHANGES = st.lists(st.dictionaries(st.integers(1, 40), st.booleans()), max_size=8)


def make_views(job_ids: Iterable[int]) -> dict[int, JobView | None]:
    return {job_id: make_view(job_id) for job_id in job_ids}


def filled(*job_ids: int) -> Chunks:
    chunks = Chunks()
    chunks.change(make_views(job_ids))
    return chunks


def views_of(chunks: Chunks) -> list[JobView]:
    return [view for chunk in chunks for view in chunk.jobs]


@given(CHANGES)
def test_whatever_comes_changes_and_goes_the_last_views_stand_in_order_in_small_chunks(
    changes: list[Mapping[int, bool]],
) -> None:
    chunks, held = Chunks(FEW), dict[int, JobView]()
    for change in changes:
        views = {job_id: make_view(job_id) if stays else None for job_id, stays in change.items()}
        chunks.change(views)
        held = {key: view for key, view in {**held, **views}.items() if view is not None}
        assert views_of(chunks) == [held[job_id] for job_id in sorted(held)]
        assert all(0 < len(chunk.jobs) <= FEW for chunk in chunks)


def test_a_change_replaces_the_chunk_of_its_job_and_no_other() -> None:
    chunks = filled(*range(1, 10 * MOST))
    before = list(chunks)
    chunks.change(make_views([5 * MOST]))
    (replaced,) = set(before) - set(chunks)
    assert 5 * MOST in {view.watched.id for view in replaced.jobs}
    assert len(set(chunks) - set(before)) == 1


@pytest.mark.parametrize("job_id", [1, 2 * MOST + 1, 10 * MOST])
def test_to_drop_a_job_that_is_not_here_replaces_no_chunk(job_id: int) -> None:
    chunks = filled(*range(2, 10 * MOST, 2))
    before = list(chunks)
    chunks.change({job_id: None})
    assert list(chunks) == before


def test_jobs_that_come_one_after_the_other_fill_chunks_by_half_at_least() -> None:
    chunks = Chunks()
    for job_id in range(1, 10 * MOST):
        chunks.change(make_views([job_id]))
    assert min(len(chunk.jobs) for chunk in chunks) >= MOST // 2


def test_what_is_left_of_many_chunks_stands_in_few() -> None:
    chunks = filled(*range(1, 10 * MOST))
    left = set(range(1, 10 * MOST, MOST))
    chunks.change(dict.fromkeys(set(range(1, 10 * MOST)) - left))
    assert len(list(chunks)) == 1


def test_a_chunk_that_goes_leaves_its_neighbour_as_it_is() -> None:
    chunks = filled(*range(1, MOST + 2))
    _, neighbour = chunks
    chunks.change(dict.fromkeys(range(1, MOST // 2 + 2)))
    assert list(chunks) == [neighbour]
