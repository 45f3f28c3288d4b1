"""The columns of the page's table, each with what its jobs are sorted by. Pure."""

import re
import string
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from exporter.web.page.row import JobRow

_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_TEXT = sys.maxsize


class Column(NamedTuple):
    """A column: its title, and the value of a row to sort by, which is None for an empty cell.

    `largest_first`: a person who sorts by the column looks for its largest values.
    """

    title: str
    value: Callable[[JobRow], Any]
    largest_first: bool = False


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts texts as people do: without regard to case, and 9 before 10."""
    return tuple(map(_key, _PARTS.findall(text.casefold())))


def _key(part: str) -> tuple[int, str]:
    """Return the key of some digits, by their length and then their value, or of other text.

    Digits come before other text. They are not converted, because a name can have thousands.
    """
    if part[0] not in string.digits:
        return (_TEXT, part)
    digits = part.lstrip("0")
    return (len(digits), digits)


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
