"""The text of an exposition: Prometheus's text format 0.0.4 and OpenMetrics 1.0.0.

The exporter has its own writer, because prometheus-client's takes 50 ms for the 4,400 series of 200
jobs. The tests compare the two. Sources of the formats: Prometheus's "Exposition formats", and
OpenMetrics 1.0.
"""

from collections.abc import Iterable, Iterator
from enum import Enum

from exporter.exposition.family import Family, Sample
from exporter.jobs.snapshot import JobView, Snapshot

_AT_ONCE = 100
"""Jobs in one piece of an exposition. To write the lines of 100 new views takes up to 5 ms."""


class Format(Enum):
    """A format that a scraper can ask for, with its content type."""

    TEXT = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def write(families: Iterable[Family], snapshot: Snapshot, form: Format) -> bytes:
    """Return a single exposition of some families, without OpenMetrics's end mark."""
    return b"".join(Exposition(families).pieces(snapshot, form))


def end_of(form: Format) -> bytes:
    """Return the mark that ends an exposition in OpenMetrics. The text format has none."""
    return b"# EOF\n" if form is Format.OPENMETRICS else b""


class Exposition:
    """Makes one exposition after another of the same families.

    A view of a job never changes, so its lines are written once, for both formats. Only the lines
    of the views in the last exposition are kept.
    """

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = tuple(families)
        self._lines: dict[JobView, tuple[str, ...]] = {}

    def pieces(self, snapshot: Snapshot, form: Format) -> Iterator[bytes]:
        """Yield an exposition in pieces, without OpenMetrics's end mark. No piece takes long.

        The first pieces are empty. They come while old lines are dropped and new lines written, so
        that the caller can let other tasks run.
        """
        views = snapshot.jobs
        gone = list(self._lines.keys() - views)
        rows: list[tuple[str, ...]] = []
        for start in range(0, max(len(views), len(gone)), _AT_ONCE):
            for view in gone[start : start + _AT_ONCE]:
                del self._lines[view]
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
        """Return the lines of a view: one text for each family of jobs."""
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
