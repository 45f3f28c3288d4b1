"""Families as text: Prometheus's text format 0.0.4 and OpenMetrics 1.0.0.

Written here and not by prometheus-client, whose writer takes 50 ms for the 4,400 series of 200
jobs; the tests compare the two. Formats: Prometheus's "Exposition formats" and the OpenMetrics
specification 1.0.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of

from exporter.jobs.snapshot import JobView, Snapshot

_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

_COMPRESSION = 1
"""The fastest level: an exposition shrinks to a tenth with it."""

_GZIP = 31
"""What zlib calls the format of gzip, with the largest window."""

_AT_ONCE = 128
"""Jobs in a piece of an exposition. It takes up to 5 ms to write the lines of so many new views."""


class Format(Enum):
    """A format that a scraper can ask for, with its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Sample(NamedTuple):
    """One series: its labels as text (see `labels`), its value, and the suffix of its name."""

    labels: str
    value: float
    suffix: str = ""


@dataclass(frozen=True)
class Family:
    """A row of the table of metrics: its name, type, one sentence of help, labels and samples.

    A family of the jobs also has `of_job`, with the samples of one job, so that only the jobs that
    have changed since the last scrape are written again.
    """

    name: str
    type: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Snapshot], Iterable[Sample]]
    of_job: Callable[[JobView], Iterable[Sample]] | None = None


def labels(**pairs: str) -> str:
    """Return labels as both formats write them: `account="live",job_id="1"`."""
    return labels_of(pairs)


def labels_of(pairs: Mapping[str, str]) -> str:
    """Return labels as both formats write them; the values may hold anything that is UTF-8."""
    return ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in pairs.items())


def write(families: Iterable[Family], snapshot: Snapshot, form: Format) -> bytes:
    """Return one exposition of some families, without OpenMetrics's end mark."""
    return b"".join(Exposition(families).pieces(snapshot, form))


class Exposition:
    """Expositions of the same families, one after the other.

    A view of a job never changes, so its lines are written once, for both formats. Only the lines
    of the views that the last exposition showed are kept.
    """

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = tuple(families)
        self._lines: dict[JobView, tuple[str, ...]] = {}

    def pieces(self, snapshot: Snapshot, form: Format) -> Iterator[bytes]:
        """Yield an exposition in pieces, without OpenMetrics's end mark. No piece takes long.

        The first pieces are empty: they come while the lines of new views are written.
        """
        views = snapshot.jobs
        self._lines = {view: self._lines[view] for view in views if view in self._lines}
        rows: list[tuple[str, ...]] = []
        for start in range(0, len(views), _AT_ONCE):
            rows += map(self._row, views[start : start + _AT_ONCE])
            yield b""
        column = 0
        for family in self._families:
            yield _head(family, form)
            if family.of_job is None:
                yield _lines(family.name, family.samples(snapshot)).encode()
                continue
            for start in range(0, len(rows), _AT_ONCE):
                yield "".join([row[column] for row in rows[start : start + _AT_ONCE]]).encode()
            column += 1

    def _row(self, view: JobView) -> tuple[str, ...]:
        """Return the lines of a view, in one text for each family of jobs."""
        row = self._lines.get(view)
        if row is None:
            row = self._lines[view] = tuple(
                _lines(family.name, family.of_job(view))
                for family in self._families
                if family.of_job
            )
        return row


def _head(family: Family, form: Format) -> bytes:
    """Return the help and the type of a family."""
    name = family.name.removesuffix("_total") if form is Format.OPENMETRICS else family.name
    return f"# HELP {name} {family.help}\n# TYPE {name} {family.type}\n".encode()


def _lines(name: str, samples: Iterable[Sample]) -> str:
    """Return a line for each sample of a family."""
    return "".join(
        f"{name}{suffix}{{{text}}} {float(value)!r}\n"
        if text
        else f"{name}{suffix} {float(value)!r}\n"
        for text, value, suffix in samples
    )


def end_of(form: Format) -> bytes:
    """Return the mark that ends an exposition; the text format has none."""
    return b"# EOF\n" if form is Format.OPENMETRICS else b""


class ProcessMetrics:
    """The `process_*` and `python_*` families, as prometheus-client gives them."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def write(self, form: Format) -> bytes:
        """Return their exposition, with OpenMetrics's end mark."""
        if form is Format.OPENMETRICS:
            return bytes(openmetrics_of(self._registry, version="1.0.0"))
        return text_of(self._registry)


def compress(body: bytes) -> bytes:
    """Return `body` in gzip; the same body always gives the same bytes."""
    return b"".join(packed((body,)))


def packed(body: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a body that comes in pieces in gzip, as one member."""
    packer = zlib.compressobj(_COMPRESSION, wbits=_GZIP)
    for piece in body:
        yield packer.compress(piece)
    yield packer.flush()
