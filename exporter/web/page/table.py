"""The rows of the page's table. A row is rendered once, and again when its job has changed."""

import re
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jinja2 import Environment
from markupsafe import Markup

from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.instant import Instant, rfc3339
from exporter.web.page.job_kinds import not_read, patience
from exporter.web.page.row import JobRow, row_of
from exporter.web.page.words import age


class _Key(NamedTuple):
    """Everything a row depends on: the view, and whether the job was not read for too long."""

    view: JobView
    not_read: bool


class _Drawn(NamedTuple):
    """A row, and its HTML with a mark in place of each age."""

    row: JobRow
    html: str


class Table:
    """The rendered rows of the last page. Ages grow, so each page fills them in again.

    Only these rows are kept: one for each job, however often jobs change. The marks are a secret of
    this process, so no text from outside can contain one.
    """

    def __init__(self, environment: Environment) -> None:
        mark = secrets.token_hex(8)

        def aging(since: float) -> Markup:
            """Return the `<time>` element of an age, with a placeholder that each page replaces."""
            html = f'<time class="age" datetime="{rfc3339(since)}">{mark}{since!r};</time>'
            return Markup(html)  # noqa: S704  no part of it comes from outside

        environment.filters["aging"] = aging
        self._end = f"{mark}end"
        self._age = re.compile(rf"{mark}([^;]*);")
        self._template = environment.get_template("rows.html")
        self._drawn: dict[_Key, _Drawn] = {}

    def rows(self, accounts: Iterable[AccountView], now: Instant) -> list[JobRow]:
        """Return a row for each job, by rank, and within a rank the latest change first."""
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
        """Return the HTML of rows, with their ages at `now` (Unix seconds)."""
        html = "".join(self._drawn[_Key(row.view, row.not_read)].html for row in rows)
        html = self._age.sub(lambda match: age(now - float(match[1])), html)
        return Markup(html)  # noqa: S704  the template has escaped it

    def _draw(self, keys: Sequence[_Key], epoch: float) -> dict[_Key, _Drawn]:
        """Render the rows of all keys at once: to start the template costs more than a row.

        `epoch` is the Unix time at which the monotonic clock was 0, in seconds.
        """
        rows = [row_of(key.view, not_read=key.not_read) for key in keys]
        html = self._template.render(rows=rows, epoch=epoch, end_of_row=self._end)
        drawn = map(_Drawn, rows, html.split(self._end))
        return dict(zip(keys, drawn, strict=True))
