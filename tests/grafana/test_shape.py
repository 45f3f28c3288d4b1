"""The shape of the pages: what a person sees at 1280 pixels with the menu docked."""

from itertools import groupby
from typing import Any

import pytest

from grafana import looks
from tests.grafana.committed import DASHBOARDS, PANELS, everything, name
from tests.grafana.pixels import COLUMNS_OF_GRID, ROOM_BESIDE_TITLE, width_of, width_of_panel

EACH = pytest.mark.parametrize("uid", DASHBOARDS)
EACH_PANEL = pytest.mark.parametrize("panel", PANELS, ids=name)


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """Return the cells of the grid that a panel covers."""
    at = panel["gridPos"]
    return {
        (x, y)
        for x in range(at.get("x", 0), at.get("x", 0) + at["w"])
        for y in range(at.get("y", 0), at.get("y", 0) + at["h"])
    }


@EACH
def test_no_panel_lies_on_another(uid: str) -> None:
    covered = [cell for panel in everything(uid) for cell in cells(panel)]
    assert len(covered) == len(set(covered))


@EACH
def test_no_row_has_a_gap(uid: str) -> None:
    covered = {cell for panel in everything(uid) for cell in cells(panel)}
    bottom = max(y for _, y in covered)
    assert covered == {(x, y) for x in range(COLUMNS_OF_GRID) for y in range(bottom + 1)}


@EACH
def test_panels_stand_in_the_order_in_which_they_are_read(uid: str) -> None:
    places = [(p["gridPos"].get("y", 0), p["gridPos"].get("x", 0)) for p in everything(uid)]
    assert places == sorted(places)


@EACH_PANEL
def test_no_title_is_cut(panel: dict[str, Any]) -> None:
    room = width_of_panel(panel["gridPos"]["w"]) - ROOM_BESIDE_TITLE
    assert width_of(panel["title"]) <= room


@pytest.mark.parametrize("panel", [one for one in PANELS if one["type"] == "stat"], ids=name)
def test_what_is_not_known_is_grey_and_not_good(panel: dict[str, Any]) -> None:
    special = [
        one for one in panel["fieldConfig"]["defaults"]["mappings"] if one["type"] == "special"
    ]
    (options,) = [one["options"] for one in special]
    result = options["result"]
    assert (options["match"], result["text"], result["color"]) == ("null", "no data", looks.NOT_YET)


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


@EACH_PANEL
def test_no_panel_takes_its_colours_by_chance(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    if panel["type"] == "state-timeline":  # by thresholds, it would show ranges and no words
        assert defaults["color"]["mode"] == "fixed"
    elif panel["type"] == "timeseries":
        assert defaults["color"]["mode"] in ("fixed", "shades", "palette-classic-by-name")
    else:
        assert (defaults.get("color") or {}).get("mode", "thresholds") == "thresholds"
        assert defaults["thresholds"]["steps"]


@EACH_PANEL
def test_no_colour_stands_alone(panel: dict[str, Any]) -> None:
    """A coloured series has a name beside it, and a coloured figure is read by itself."""
    if panel["type"] in ("timeseries", "bargauge"):
        assert all(target["legendFormat"] for target in panel["targets"])
    if panel["type"] in ("timeseries", "state-timeline"):
        assert panel["options"]["legend"]["showLegend"]
    if panel["type"] == "state-timeline":
        assert panel["options"]["showValue"] == "auto"
        assert panel["fieldConfig"]["defaults"]["mappings"]
