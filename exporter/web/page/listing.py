"""The rows that one page shows of all jobs. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from exporter.web.page.choice import Choice
from exporter.web.page.columns import COLUMNS
from exporter.web.page.row import JobRow
from exporter.web.page.search import finder

MOST_ROWS = 200
"""Most rows of one page: no person reads more, and a browser compares them at each update."""


class Listing(NamedTuple):
    """The rows of a page: page `page` of `pages`, of the `found` rows that were chosen.

    `placed` of the rows are there because of their place among these.
    """

    rows: Sequence[JobRow]
    placed: int
    found: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The place of the first row of the page among all that were found, from 1."""
        return (self.page - 1) * MOST_ROWS + 1

    @property
    def last(self) -> int:
        """The place of the last row of the page among all that were found."""
        return self.first + self.placed - 1


def listing(rows: Iterable[JobRow], choice: Choice) -> Listing:
    """Return the rows to show, in order: by the chosen column, then those that need a person first.

    After the last page comes the last page. The opened row is always shown, above the others if it
    has no place on the page: a person looks at it while the others move.
    """
    every = list(rows)
    matches = finder(choice.find)
    chosen = [
        row
        for row in every
        if (not choice.state or choice.state in row.kinds) and (not choice.find or matches(row))
    ]
    pages = max(1, -(-len(chosen) // MOST_ROWS))
    page = min(choice.page, pages)
    shown = _sorted(chosen, choice)[(page - 1) * MOST_ROWS : page * MOST_ROWS]
    opened = next((row for row in every if row.key == choice.opened), None)
    if opened is not None and opened not in shown:
        shown = shown[: MOST_ROWS - 1]
        return Listing([opened, *shown], len(shown), len(chosen), page, pages)
    return Listing(shown, len(shown), len(chosen), page, pages)


def _sorted(rows: Iterable[JobRow], choice: Choice) -> list[JobRow]:
    """Sort rows by the chosen column; empty cells come last, whichever way the order is turned."""
    usual = sorted(rows, key=lambda row: (row.rank, -(row.since or 0.0)))
    value = COLUMNS[choice.sort].value
    valued = [(value(row), row) for row in usual]
    full = [one for one in valued if one[0] is not None]
    full.sort(key=lambda one: one[0], reverse=choice.descending)
    return [row for _, row in full] + [row for one, row in valued if one is None]
