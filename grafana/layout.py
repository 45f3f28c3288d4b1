"""Where panels stand: rows of lines, from left to right and from top to bottom, without a gap."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from grafana_foundation_sdk.models.dashboard import GridPos, Panel, RowPanel

WIDTH = 24
"""Columns of Grafana's grid."""

Line = Sequence[Panel]
"""Panels side by side: of one height, and together as wide as the grid."""


@dataclass(frozen=True)
class Row:
    """A titled row of panels; with `repeat` there is one for each value of that variable."""

    title: str
    lines: Sequence[Line]
    repeat: str | None = None


def place(rows: Sequence[Row]) -> list[Panel | RowPanel]:
    """Return all panels with their places and ids. Raises ValueError for a line with a gap."""
    placed: list[Panel | RowPanel] = []
    ids = count(1)
    y = 0
    for row in rows:
        at = GridPos(x=0, y=y, w=WIDTH, h=1)
        header = RowPanel(title=row.title, id_val=next(ids), grid_pos=at, repeat=row.repeat)
        placed.append(header)
        y += 1
        for line in row.lines:
            placed.extend(_line(line, y, ids))
            y += _height(line)
    return placed


def _line(line: Line, y: int, ids: Iterator[int]) -> Iterator[Panel]:
    x = 0
    for panel in line:
        assert panel.grid_pos is not None  # noqa: S101  each factory sets a size
        panel.id_val = next(ids)
        panel.grid_pos.x, panel.grid_pos.y = x, y
        x += panel.grid_pos.w
        yield panel
    if x != WIDTH:
        message = f"{line[0].title}: expected panels of {WIDTH} columns in a line, got {x}"
        raise ValueError(message)


def _height(line: Line) -> int:
    heights = {panel.grid_pos.h for panel in line if panel.grid_pos is not None}
    if len(heights) != 1:
        message = f"{line[0].title}: expected panels of one height in a line, got {sorted(heights)}"
        raise ValueError(message)
    return heights.pop()
