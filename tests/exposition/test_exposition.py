"""An exposition in gzip; the text of a chunk of jobs is written once."""

import gc
import weakref
from collections.abc import Generator
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from exporter.exposition.exposition import Exposition
from exporter.exposition.family import exporter_series, job_series
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, write
from exporter.jobs.snapshot import Chunk, JobChunks, JobView, Snapshot
from tests.exposition.inflating import inflated
from tests.golden import golden_snapshot
from tests.support.snapshots import make_account, make_snapshot, make_view

TEXT, OPENMETRICS = Format.TEXT, Format.OPENMETRICS


@pytest.mark.parametrize("form", Format)
def test_the_exposition_is_what_is_written_from_nothing(form: Format) -> None:
    snapshot = golden_snapshot()
    exposition = Exposition(FAMILIES)
    for _ in range(2):
        text = inflated(exposition.gzip(snapshot, form, b"more"))
        assert text == write(FAMILIES, snapshot, form) + b"more"


def test_without_jobs_every_family_has_its_head() -> None:
    text = inflated(Exposition(FAMILIES).gzip(make_snapshot(), TEXT))
    assert text == write(FAMILIES, make_snapshot(), TEXT)
    assert text.count(b"# TYPE") == len(FAMILIES)


class Writing:
    """Expositions of one family of jobs. It records the id of each job whose line is written."""

    def __init__(self) -> None:
        self.written: list[int] = []
        seconds = exporter_series("collect_duration_seconds", "How long.", _collect_seconds)
        self._exposition = Exposition([job_series("items", "Items.", self._noted), seconds])

    def _noted(self, view: JobView) -> float:
        self.written.append(view.watched.id)
        return view.watched.id

    def making(
        self, *chunks: Chunk, form: Format = TEXT, seconds: float = 0.0
    ) -> Generator[None, None, bytes]:
        account = replace(make_account(), chunks=JobChunks(others=chunks))
        snapshot = replace(make_snapshot(account), collect_seconds=seconds)
        return self._exposition.gzip(snapshot, form)

    def show(self, *chunks: Chunk, form: Format = TEXT, seconds: float = 0.0) -> list[float]:
        """Write an exposition, and return the values in it."""
        text = inflated(self.making(*chunks, form=form, seconds=seconds)).decode()
        return [sample.value for family in parse(text) for sample in family.samples]


def _collect_seconds(snapshot: Snapshot) -> float:
    return snapshot.collect_seconds


def chunk(*job_ids: int) -> Chunk:
    return Chunk(tuple(map(make_view, job_ids)))


def test_a_chunk_is_written_once_for_every_exposition_and_both_formats() -> None:
    writing, stays = Writing(), chunk(1, 2)
    assert writing.show(stays, chunk(3)) == [1, 2, 3, 0]
    assert writing.show(stays, chunk(4)) == [1, 2, 4, 0]
    assert writing.show(stays, form=OPENMETRICS) == [1, 2, 0]
    assert writing.written == [1, 2, 3, 4]


def test_what_is_no_jobs_is_written_anew_for_each_exposition() -> None:
    writing, stays = Writing(), chunk(1)
    assert [writing.show(stays, seconds=seconds)[-1] for seconds in (1.5, 2.5)] == [1.5, 2.5]


def test_each_exposition_is_of_its_own_snapshot_in_whatever_format() -> None:
    writing, one, other = Writing(), chunk(1), chunk(2)
    writing.show(one)
    writing.show(other, form=OPENMETRICS)
    assert writing.show(one) == [1, 0]
    assert writing.show(one, other) == [1, 2, 0]
    assert writing.show() == [0]


def test_another_chunk_of_the_same_jobs_is_written_anew() -> None:
    writing = Writing()
    writing.show(chunk(1))
    writing.show(chunk(1))
    assert writing.written == [1, 1]


@pytest.mark.parametrize("form", Format)
def test_nothing_stays_of_a_chunk_that_is_not_shown_any_more(form: Format) -> None:
    writing, stays = Writing(), chunk(1)
    passing = [chunk(2) for _ in range(50)]
    ends = [weakref.ref(one) for one in passing]
    while passing:
        writing.show(stays, passing.pop(), form=form)
    writing.show(stays)
    gc.collect()
    assert [end() for end in ends if end() is not None] == []


def test_it_pauses_after_each_chunk_that_it_writes() -> None:
    writing, known = Writing(), chunk(1)
    writing.show(known)
    making = writing.making(known, chunk(2, 3), chunk(4))
    assert [list(writing.written) for _ in making] == [[1, 2, 3], [1, 2, 3, 4]]
