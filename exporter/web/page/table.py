"""The rows of the page's table: drawn once for each job, as long as it says the same."""

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.instant import Instant
from exporter.web.page.row import JobRow, not_read, patience, row_of
from exporter.web.page.words import age, iso


class _Key(NamedTuple):
    """What a row follows from: the view, and whether by now the job was not read for long."""

    view: JobView
    not_read: bool


class _Drawn(NamedTuple):
    """A row, and its HTML with a mark wherever an age is to stand."""

    row: JobRow
    html: str


class Table:
    """Draws rows. What grows by itself, the ages, is put into what was drawn before.

    It keeps what the last page showed and nothing else: one row a job, however often jobs change.
    The marks are a secret of this process, so that no text of other people can be one.
    """

    def __init__(self, environment: Environment) -> None:
        mark = secrets.token_hex(8)

        def aging(since: float) -> Markup:
            """Return the element of an age, with a mark in the place of its text."""
            html = f'<time class="age" datetime="{iso(since)}">{mark}{since!r};</time>'
            return Markup(html)  # noqa: S704  nothing in it is other people's

        environment.filters["aging"] = aging
        self._end = f"{mark}end"
        self._age = re.compile(rf"{mark}([^;]*);")
        self._template = environment.get_template("rows.html")
        self._drawn: dict[_Key, _Drawn] = {}

    def rows(self, accounts: Iterable[AccountView], now: Instant) -> list[JobRow]:
        """Return a row for each job: those that need a person first, of these the latest."""
        keys = [
            _Key(view, not_read(view, now, its))
            for account, its in ((one, patience(one, now)) for one in accounts)
            for view in account.jobs
        ]
        new = [key for key in keys if key not in self._drawn]
        known = self._drawn | self._draw(new, now.unix - now.monotonic)
        self._drawn = {key: known[key] for key in keys}
        rows = [self._drawn[key].row for key in keys]
        return sorted(rows, key=lambda row: (row.rank, -(row.since or 0.0)))

    def html(self, rows: Iterable[JobRow], now: float) -> Markup:
        """Return the rows as HTML, with the ages that they have at `now` (Unix seconds)."""
        html = "".join(self._drawn[_Key(row.view, row.not_read)].html for row in rows)
        html = self._age.sub(lambda match: age(now - float(match[1])), html)
        return Markup(html)  # noqa: S704  the template has escaped it

    def _draw(self, keys: Sequence[_Key], epoch: float) -> dict[_Key, _Drawn]:
        """Draw them all at once: the template's start would cost more than a row.

        `epoch` is what Unix seconds are ahead of monotonic ones.
        """
        rows = [row_of(key.view, not_read=key.not_read) for key in keys]
        html = self._template.render(rows=rows, epoch=epoch, end_of_row=self._end)
        drawn = map(_Drawn, rows, html.split(self._end))
        return dict(zip(keys, drawn, strict=True))
