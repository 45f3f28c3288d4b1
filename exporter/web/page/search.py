"""The search for jobs by words. Pure."""

import unicodedata
from collections.abc import Callable

from exporter.web.page.job_kinds import KINDS
from exporter.web.page.row import JobRow


def finder(find: str) -> Callable[[JobRow], bool]:
    """Return a function that tells whether a row contains each word of `find`, at any place."""
    words = fold(find).split()

    def matches(row: JobRow) -> bool:
        text = _text(row)
        return all(word in text for word in words)

    return matches


def fold(text: str) -> str:
    """Return a text as people type it: no capitals, no accents, nothing without a width."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text).translate(_TYPED).casefold()


class _Typed(dict[int, int | None]):
    """A table for `translate` that leaves out the characters that nobody types.

    It learns each character when it first meets it: to look up its category takes longer. Once it
    knows many, it begins anew.
    """

    def __missing__(self, code: int) -> int | None:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        self[code] = None if unicodedata.category(chr(code)) in _UNTYPED else code
        return self[code]


_UNTYPED = frozenset({"Mn", "Cf"})
"""The categories of marks and of characters without a width (Unicode, chapter 4)."""

_MOST_KNOWN = 10_000

_TYPED = _Typed()


def _text(row: JobRow) -> str:
    """Return all words of a row that can be found, folded."""
    view, job, error = row.view, row.view.job, row.view.reading.error
    words = [row.name, str(view.watched.id), view.account, row.type, view.state]
    words += map(KINDS.__getitem__, row.kinds)
    words += view.watched.labels.values()
    words += [job.status] if job else []
    words += [str(error), error.reason] if error else []
    return fold("\n".join(words))
