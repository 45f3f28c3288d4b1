"""Colours of lines: those that only tell lines apart can be told apart."""

import re
from collections.abc import Mapping
from itertools import combinations
from math import dist

import pytest

from grafana import looks
from tests.grafana.committed import ROOT, colours, overrides, panel_of


def lab(colour: str) -> tuple[float, float, float]:
    """Return a colour, as #rrggbb, in CIE Lab, where a distance is how much people see."""

    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    def root(value: float) -> float:
        return value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


NAMED = {
    "red": "#F2495C",
    "orange": "#FF9830",
    "yellow": "#FADE2A",
    "green": "#73BF69",
    "blue": "#5794F2",
    "purple": "#B877D9",
}
"""The colours that Grafana knows by name, on a dark page."""

TOLD_APART: Mapping[str, Mapping[str, str]] = {
    "Failed reads a minute": looks.REASONS,
    "Requests a minute": looks.STATUSES,
    "Reads deferred a minute": looks.CAUSES,
    "API latency": looks.PERCENTILES,
}
"""The charts in which colours tell lines apart, and those colours."""

EACH_TOLD_APART = pytest.mark.parametrize("title", TOLD_APART)


@EACH_TOLD_APART
def test_colours_that_tell_lines_apart_are_far_from_each_other(title: str) -> None:
    points = {name: lab(NAMED.get(one, one)) for name, one in TOLD_APART[title].items()}
    pairs = combinations(points, 2)
    near = [(one, other) for one, other in pairs if dist(points[one], points[other]) < 20]
    assert near == []


@EACH_TOLD_APART
def test_each_line_that_is_told_apart_has_its_own_colour(title: str) -> None:
    assert colours(panel_of(title)) == TOLD_APART[title]


def documented(label: str) -> set[str]:
    """Return the values of a label that the page of metrics explains first."""
    text = (ROOT / "docs/metrics.md").read_text("utf-8")
    rows = text.partition(f"| `{label}` | ")[2].partition("\n\n")[0]
    return set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE))


def test_each_reason_and_each_cause_has_a_colour() -> None:
    assert set(looks.REASONS) == documented("reason")
    assert set(looks.CAUSES) == documented("cause")


@pytest.mark.parametrize(
    ("status", "colour"),
    [("204", looks.GOOD), ("302", looks.WARNING), ("422", looks.WARNING), ("502", looks.BAD)],
)
def test_a_rare_status_has_the_colour_of_its_kind(status: str, colour: str) -> None:
    kinds = overrides(panel_of("Requests a minute"), "byRegexp")
    (found,) = [of["color"] for kind, of in kinds.items() if re.match(kind.strip("/"), status)]
    assert found == {"mode": "shades", "fixedColor": colour}
