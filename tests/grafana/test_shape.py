"""The shape of the page: what a person sees at 1280 pixels, laid out as Grafana does."""

from itertools import groupby
from typing import Any

import pytest

from grafana import looks
from grafana.rows.table import COLUMNS, HIDDEN
from tests.grafana.committed import EVERYTHING, PANELS, name

SCREEN = 1280
COLUMNS_OF_GRID = 24
MARGIN_OF_PAGE = 16
GAP = 8
PADDING = 12
ICON = 28
"""Pixels of the sign for the description, and of the one for links, beside a title."""

NARROW, WIDE, CAPITAL, OTHER = 5.0, 12.5, 10.5, 8.5
"""Pixels of a letter at the size of a title, 14 px and medium: at least what they take."""


def width_of(text: str) -> float:
    """Return the pixels that a title takes at most."""

    def of(letter: str) -> float:
        if letter in " .,:'|iljftr":
            return NARROW
        if letter in "mwMW":
            return WIDE
        return CAPITAL if letter.isupper() else OTHER

    return sum(map(of, text))


def width_of_panel(columns: int) -> float:
    """Return the pixels of a panel on the screen."""
    room = SCREEN - 2 * MARGIN_OF_PAGE - (COLUMNS_OF_GRID - 1) * GAP
    return room / COLUMNS_OF_GRID * columns + (columns - 1) * GAP


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """Return the cells of the grid that a panel covers."""
    at = panel["gridPos"]
    return {
        (x, y)
        for x in range(at.get("x", 0), at.get("x", 0) + at["w"])
        for y in range(at.get("y", 0), at.get("y", 0) + at["h"])
    }


def test_no_panel_lies_on_another() -> None:
    covered = [cell for panel in EVERYTHING for cell in cells(panel)]
    assert len(covered) == len(set(covered))


def test_no_row_has_a_gap() -> None:
    covered = {cell for panel in EVERYTHING for cell in cells(panel)}
    bottom = max(y for _, y in covered)
    assert covered == {(x, y) for x in range(COLUMNS_OF_GRID) for y in range(bottom + 1)}


def test_panels_stand_in_the_order_in_which_they_are_read() -> None:
    places = [(p["gridPos"].get("y", 0), p["gridPos"].get("x", 0)) for p in EVERYTHING]
    assert places == sorted(places)


@pytest.mark.parametrize("panel", PANELS, ids=name)
def test_no_title_is_cut(panel: dict[str, Any]) -> None:
    icons = ICON * (2 if panel.get("links") else 1)
    room = width_of_panel(panel["gridPos"]["w"]) - 2 * PADDING - icons
    assert width_of(panel["title"]) <= room


TABLE = next(panel for panel in PANELS if panel["type"] == "table")
ORGANIZE = next(one["options"] for one in TABLE["transformations"] if one["id"] == "organize")


def test_each_column_of_the_table_is_named_for_people() -> None:
    titles = list(ORGANIZE["renameByName"].values())
    assert titles == [
        "Name",
        "Job",
        "Account",
        "Type",
        "State",
        "Note",
        "Progress",
        "Done",
        "Failed",
        "Running since",
        "Expected end",
        "Age",
    ]


def test_no_field_of_a_machine_is_left_in_the_table() -> None:
    refs = {f"Value #{target['refId']}" for target in TABLE["targets"]}
    fields = {column.field for column in COLUMNS} | set(HIDDEN)
    assert refs | {"Time"} <= fields
    assert set(ORGANIZE["excludeByName"]) == set(HIDDEN)


def test_the_columns_fit_on_the_screen_with_room_for_a_name() -> None:
    fixed = sum(column.width for column in COLUMNS)
    assert width_of_panel(COLUMNS_OF_GRID) - 2 * PADDING - fixed >= 120


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column.width], ids=lambda column: column.title
)
def test_no_title_of_a_column_is_cut(column: Any) -> None:
    icon = ICON if column.filtered else 0
    assert width_of(column.title) + icon + PADDING <= column.width


LONGEST = {
    "Job": "2607617000",
    "State": "succeeded",
    "Note": "unreadable",
    "Done": "123,456",
    "Failed": "123,456",
    "Running since": "a few seconds ago",
    "Expected end": "in a few seconds",
    "Age": "59 min",
}


@pytest.mark.parametrize(("title", "text"), LONGEST.items())
def test_no_word_or_figure_of_the_table_is_cut(title: str, text: str) -> None:
    (column,) = [column for column in COLUMNS if column.title == title]
    assert width_of(text) <= column.width


def test_types_that_differ_at_their_ends_can_be_told_apart() -> None:
    (column,) = [column for column in COLUMNS if column.title == "Type"]
    assert width_of("SubscriptionProductBulkP…") <= column.width


@pytest.mark.parametrize("panel", [one for one in PANELS if one["type"] == "stat"], ids=name)
def test_what_is_not_known_is_grey_and_not_good(panel: dict[str, Any]) -> None:
    special = [
        one for one in panel["fieldConfig"]["defaults"]["mappings"] if one["type"] == "special"
    ]
    (options,) = [one["options"] for one in special]
    result = options["result"]
    assert (options["match"], result["text"], result["color"]) == ("null", "no data", looks.NOT_YET)


def test_an_unknown_cell_of_the_table_is_empty() -> None:
    (override,) = [
        one for one in TABLE["fieldConfig"]["overrides"] if one["matcher"]["options"] == "/.*/"
    ]
    assert override["properties"] == [{"id": "noValue", "value": ""}]


def test_what_is_wrong_comes_first_in_the_table() -> None:
    (order,) = TABLE["options"]["sortBy"]
    assert (order["displayName"], order.get("desc", False)) == ("State", False)
    assert sorted(looks.COLOURS)[:2] == ["failed", "partial"]


def words_and_colours(panel: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the pairs of a state's word and a colour that a panel shows."""
    config = panel["fieldConfig"]
    mappings = list(config["defaults"].get("mappings") or [])
    pairs = []
    for override in config.get("overrides") or []:
        found = {one["id"]: one["value"] for one in override["properties"]}
        mappings += found.get("mappings", [])
        state = str(override["matcher"]["options"]).strip("/^, ")
        if state in looks.COLOURS:
            pairs.append((state, found["color"]["fixedColor"]))
    values = [mapping["options"] for mapping in mappings if mapping["type"] == "value"]
    results = [result for options in values for result in options.values()]
    return pairs + [(one["text"], one["color"]) for one in results if one["text"] in looks.COLOURS]


def test_a_state_has_the_same_colour_everywhere() -> None:
    pairs = sorted({pair for panel in PANELS for pair in words_and_colours(panel)})
    assert pairs == sorted(looks.COLOURS.items())


def test_each_colour_of_a_state_has_one_meaning_or_says_that_nothing_is_known() -> None:
    colours = sorted(looks.COLOURS.values())
    twice = [colour for colour, found in groupby(colours) if len(list(found)) > 1]
    assert twice == [looks.NOT_YET]


@pytest.mark.parametrize("panel", PANELS, ids=name)
def test_no_panel_takes_its_colours_by_chance(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    if panel["type"] == "state-timeline":  # by thresholds, it would show ranges and no words
        assert defaults["color"]["mode"] == "fixed"
    elif panel["type"] == "timeseries":
        assert defaults["color"]["mode"] in ("fixed", "shades")
    else:
        assert (defaults.get("color") or {}).get("mode", "thresholds") == "thresholds"
        assert defaults["thresholds"]["steps"]


@pytest.mark.parametrize("panel", PANELS, ids=name)
def test_no_colour_stands_alone(panel: dict[str, Any]) -> None:
    """A coloured series has a name beside it, and a coloured figure is read by itself."""
    if panel["type"] in ("timeseries", "bargauge"):
        assert all(target["legendFormat"] for target in panel["targets"])
    if panel["type"] in ("timeseries", "state-timeline"):
        assert panel["options"]["legend"]["showLegend"]
    if panel["type"] == "state-timeline":
        assert panel["options"]["showValue"] == "auto"
        assert panel["fieldConfig"]["defaults"]["mappings"]
