"""The columns of the page's table, each with what its jobs are sorted by. Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from exporter.web.page.row import JobRow

_DIGITS = re.compile(r"([0-9]+)")


class Column(NamedTuple):
    """A column: its title, and the value of a row to sort by, which is None for an empty cell.

    `largest_first`: a person who sorts by the column looks for its largest values.
    """

    title: str
    value: Callable[[JobRow], Any]
    largest_first: bool = False


def natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that sorts texts as people do: without regard to case, and 9 before 10."""
    parts = _DIGITS.split(text.casefold())
    return tuple(
        (not number, int(part) if number else 0, "" if number else part)
        for place, part in enumerate(parts)
        for number in (place % 2 == 1,)
        if part
    )


COLUMNS: Mapping[str, Column] = {
    "job": Column("Job", lambda row: natural(row.name)),
    "id": Column("Id", lambda row: row.view.watched.id),
    "account": Column("Account", lambda row: natural(row.view.account)),
    "type": Column("Type", lambda row: natural(row.type) if row.type else None),
    "state": Column("State", lambda row: row.rank),
    "progress": Column(
        "Progress", lambda row: row.view.job and row.view.job.percent_complete, largest_first=True
    ),
    "done": Column(
        "Done", lambda row: row.view.job and row.view.job.successful, largest_first=True
    ),
    "failed": Column(
        "Failed", lambda row: row.view.job and row.view.job.failed, largest_first=True
    ),
    "items": Column("Items", lambda row: row.view.job and row.view.job.total, largest_first=True),
    "since": Column("Since", lambda row: row.since),
    "read": Column("Read", lambda row: row.view.reading.read_at and row.view.reading.read_at.unix),
}
"""The columns by their names in the address, in the order of the table."""
