"""The search for jobs by words. Pure."""

import unicodedata
from collections.abc import Callable

from exporter.web.page.job_kinds import KINDS
from exporter.web.page.row import JobRow


def finder(find: str) -> Callable[[JobRow], bool]:
    """Return a function that tells whether a row contains each word of `find`, at any place."""
    words = fold(find).split()
    return lambda row: all(word in text for text in (_text(row),) for word in words)


def fold(text: str) -> str:
    """Return a text as people type it: no capitals, no accents, nothing without a width."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(one for one in parts if unicodedata.category(one) not in _UNTYPED).casefold()


_UNTYPED = frozenset({"Mn", "Mc", "Me", "Cf"})
"""The categories of characters that combine with another or have no width (Unicode, chapter 4)."""


def _text(row: JobRow) -> str:
    """Return all words of a row that can be found, folded."""
    view, job, error = row.view, row.view.job, row.view.reading.error
    words = [row.name, str(view.watched.id), view.account, row.type, view.state]
    words += map(KINDS.__getitem__, row.kinds)
    words += view.watched.labels.values()
    words += [job.status] if job else []
    words += [str(error), error.reason] if error else []
    return fold("\n".join(words))
