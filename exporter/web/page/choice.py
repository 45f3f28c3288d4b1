"""What a person chose to see of the jobs, as the address of the page says it."""

import re
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from exporter.web.page.columns import COLUMNS
from exporter.web.page.job_kinds import KINDS

LONGEST_FIND = 100
"""Most characters that can be searched for. Each link of the page repeats them."""

_PAGE = re.compile(r"[1-9][0-9]{0,5}")
_JOB = re.compile(r"[1-9][0-9]{0,18}/.{1,40}")


class Choice(NamedTuple):
    """Which jobs to show, in which order, and which of them with everything known.

    `state` is a key of KINDS, `sort` one of COLUMNS, and `opened` the key of a row.
    """

    state: str = ""
    find: str = ""
    sort: str = "state"
    descending: bool = False
    page: int = 1
    opened: str = ""

    def link(self) -> str:
        """Return the link to this choice, relative to the page."""
        return f"?{urlencode(self.parts())}#jobs"

    def parts(self) -> dict[str, str]:
        """Return the parameters of the link, without those of what is not chosen."""
        parts = {
            "state": self.state,
            "find": self.find,
            "sort": "" if self.order == "state" else self.order,
            "page": "" if self.page == 1 else str(self.page),
            "open": self.opened,
        }
        return {name: part for name, part in parts.items() if part}

    @property
    def order(self) -> str:
        """The column to sort by; a minus before it turns the order round."""
        return f"-{self.sort}" if self.descending else self.sort

    def of_state(self, state: str) -> "Choice":
        """Return the choice of the jobs of one kind, or of all ("")."""
        return self._replace(state=state, page=1, opened="")

    def sorted_by(self, column: str) -> "Choice":
        """Return the choice of another order: by another column, or by the same one turned round.

        People look for the largest numbers, so a column of numbers begins with these.
        """
        descending = not self.descending if column == self.sort else COLUMNS[column].largest_first
        return self._replace(sort=column, descending=descending, page=1)

    def on_page(self, page: int) -> "Choice":
        """Return the choice of another page."""
        return self._replace(page=page, opened="")


ALL = Choice()
"""The choice of a person who has chosen nothing."""


def choice_of(query: QueryParams) -> Choice:
    """Return the choice of a query; other parameters are ignored.

    Raises ValueError naming the parameter and what was expected.
    """
    state, find = query.get("state", ""), query.get("find", "").strip()
    sort, page = query.get("sort") or "state", query.get("page") or "1"
    column = sort.removeprefix("-")
    if state and state not in KINDS:
        _refuse("state", f"expected one of {', '.join(KINDS)}")
    if len(find) > LONGEST_FIND:
        _refuse("find", f"expected at most {LONGEST_FIND} characters")
    if column not in COLUMNS:
        _refuse("sort", f"expected one of {', '.join(COLUMNS)}, with or without a minus before it")
    if not _PAGE.fullmatch(page):
        _refuse("page", "expected the number of a page")
    opened = query.get("open", "")
    if opened and not _JOB.fullmatch(opened):
        _refuse("open", "expected the id of a job, a slash and its account")
    return Choice(state, find, column, sort != column, int(page), opened)


def _refuse(parameter: str, expected: str) -> None:
    message = f"{parameter}: {expected}"
    raise ValueError(message)
