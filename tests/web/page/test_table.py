"""The rows that are drawn, and those that are kept."""

import gc
import weakref

from jinja2 import DictLoader, Environment

from exporter.jobs.snapshot import JobView
from exporter.model.instant import Instant
from exporter.web.page.job_kinds import UNREAD_AFTER
from exporter.web.page.row import JobRow
from exporter.web.page.table import Table
from tests.support.snapshots import READ, make_account, make_job, make_reading, make_view

ROWS = "{% for row in rows %}{{ row | noted }}{{ end_of_row }}{% endfor %}"


def view_of(job_id: int) -> JobView:
    return make_view(job_id, make_reading(make_job(id=job_id)))


class Drawing:
    """A table whose rows are ids. It records the id of each row that is drawn."""

    def __init__(self) -> None:
        self.drawn: list[int] = []
        environment = Environment(loader=DictLoader({"rows.html": ROWS}), autoescape=True)
        environment.filters["noted"] = self._noted
        self._table = Table(environment)

    def _noted(self, row: JobRow) -> str:
        self.drawn.append(row.view.watched.id)
        return f"{row.view.watched.id} "

    def show(self, *views: JobView) -> str:
        return self.show_after(60.0, *views)

    def show_after(self, seconds: float, *views: JobView) -> str:
        """Show the jobs so many seconds after they were read."""
        now = Instant(1000.0 + seconds, READ + seconds)
        return self._table.html(self._table.rows([make_account(*views)], now), now.unix)


def test_a_row_whose_job_did_not_change_is_not_drawn_again() -> None:
    drawing, stays = Drawing(), view_of(1)
    drawing.show(stays, view_of(2))
    assert drawing.show(stays, view_of(3)) == "1 3 "
    assert drawing.drawn == [1, 2, 3]


def test_a_row_is_drawn_again_once_its_job_was_not_read_for_long() -> None:
    drawing, stays = Drawing(), view_of(1)
    for seconds in (60.0, UNREAD_AFTER, UNREAD_AFTER + 1, UNREAD_AFTER + 60):
        drawing.show_after(seconds, stays)
    assert drawing.drawn == [1, 1]


def test_nothing_stays_of_a_row_that_is_not_shown_any_more() -> None:
    drawing, stays = Drawing(), view_of(1)
    passing = [view_of(2) for _ in range(50)]
    ends = [weakref.ref(view) for view in passing]
    while passing:
        drawing.show(stays, passing.pop())
    drawing.show(stays)
    gc.collect()
    assert [end() for end in ends if end() is not None] == []
