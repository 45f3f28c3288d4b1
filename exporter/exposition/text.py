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

_AT_ONCE = 256
"""So many jobs are in a piece of an exposition: about a millisecond's worth."""


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

    A family of the jobs has `of_job` besides, with the samples of one job, so that what has not
    changed since the last scrape need not be drawn again.
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
    """Return the exposition of the families, without OpenMetrics's end mark."""
    return b"".join(pieces(families, snapshot, form))


def pieces(families: Iterable[Family], snapshot: Snapshot, form: Format) -> Iterator[bytes]:
    """Yield the same in pieces, none of which takes long to make."""
    jobs = snapshot.jobs
    for family in families:
        name = family.name
        stem = name.removesuffix("_total") if form is Format.OPENMETRICS else name
        yield f"# HELP {stem} {family.help}\n# TYPE {stem} {family.type}\n".encode()
        if family.of_job is None:
            yield _draw(name, family.samples(snapshot)).encode()
            continue
        for start in range(0, len(jobs), _AT_ONCE):
            yield _draw_jobs(name, family.of_job, jobs[start : start + _AT_ONCE]).encode()


def _draw_jobs(
    name: str, of_job: Callable[[JobView], Iterable[Sample]], views: Iterable[JobView]
) -> str:
    """Return the lines of some jobs, drawn now or before."""
    parts = []
    for view in views:
        text = view.drawn.get(name)
        if text is None:
            text = view.drawn[name] = _draw(name, of_job(view))
        parts.append(text)
    return "".join(parts)


def _draw(name: str, samples: Iterable[Sample]) -> str:
    """Return the lines of some samples of a family; they are the same in both formats."""
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
