"""The exposition of all families in gzip. What is written of a chunk of jobs is kept."""

from collections.abc import Generator, Iterable, Mapping
from itertools import chain

from exporter.exposition.family import Family
from exporter.exposition.piece import Piece, deflate, gzip_member, join
from exporter.exposition.text import Format, head, lines, lines_of_jobs
from exporter.jobs.snapshot import Chunk, Snapshot


class Exposition:
    """Makes one exposition after another of the same families, those of jobs first.

    The lines of a chunk are written and compressed once, for both formats, into one piece for each
    family: a family must stand together. Only the pieces of the chunks in the last exposition are
    kept, and these pieces joined, for each format that was asked for since a chunk changed.
    """

    def __init__(self, families: Iterable[Family]) -> None:
        families = tuple(families)
        self._of_jobs = [family for family in families if family.of_job]
        self._others = [family for family in families if not family.of_job]
        self._heads = {form: [deflate(head(one, form)) for one in self._of_jobs] for form in Format}
        self._pieces: Mapping[Chunk, tuple[Piece, ...]] = {}
        self._chunks: tuple[Chunk, ...] = ()
        self._joined: dict[Format, Piece] = {}

    def gzip(
        self, snapshot: Snapshot, form: Format, more: bytes = b""
    ) -> Generator[None, None, bytes]:
        """Return the exposition in gzip, with `more` text at its end.

        This is a generator that pauses after each chunk that it writes, so that the caller can let
        other tasks run. Only one exposition may be made at a time.
        """
        if self._chunks != snapshot.chunks:
            yield from self._write(snapshot.chunks)
        if form not in self._joined:
            columns = zip(self._heads[form], *self._pieces.values(), strict=True)
            self._joined[form] = join(chain.from_iterable(columns))
        text = b"".join(head(one, form) + lines(one, snapshot) for one in self._others)
        return gzip_member((self._joined[form], deflate(text + more)))

    def _write(self, chunks: tuple[Chunk, ...]) -> Generator[None, None, None]:
        """Write the pieces of new chunks, and keep those of these chunks only."""
        pieces = {}
        for chunk in chunks:
            kept = self._pieces.get(chunk)
            if kept is None:
                pieces[chunk] = tuple(map(deflate, lines_of_jobs(self._of_jobs, chunk.jobs)))
                yield
            else:
                pieces[chunk] = kept
        self._chunks, self._pieces, self._joined = chunks, pieces, {}
