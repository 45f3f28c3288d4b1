"""What fits where on a screen of 1280 pixels with Grafana's menu docked."""

COLUMNS_OF_GRID = 24
ROOM_BESIDE_TITLE = 40
"""Pixels of a panel's width that its title has not: padding, and the sign for the description."""

SIGN = 24
"""Pixels of the sign for a filter beside the title of a column."""

_PAGE, _PADDING, _LETTER = 960, 16, 8


def width_of_panel(columns: int) -> float:
    """Return the pixels of a panel that is so many columns of the grid wide."""
    return columns / COLUMNS_OF_GRID * _PAGE - _PADDING


def width_of(text: str) -> float:
    """Return the pixels that a text takes at most."""
    return _LETTER * len(text)
