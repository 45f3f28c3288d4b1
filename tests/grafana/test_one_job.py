"""The dashboard of one job: all of it on one screen, and nothing cut."""

from typing import Any

import pytest

from tests.grafana.committed import ONE_JOB, everything, panel_of, panels

PANELS = panels(ONE_JOB)
HEIGHT_OF_A_SCREEN = 20
PIXELS_OF_THE_PAGE = 960
"""At 1280 pixels with the menu docked."""


def width(panel: dict[str, Any]) -> float:
    return panel["gridPos"]["w"] / 24 * PIXELS_OF_THE_PAGE - 16


def test_all_of_a_job_is_on_one_screen() -> None:
    bottom = max(one["gridPos"]["y"] + one["gridPos"]["h"] for one in everything(ONE_JOB))
    assert bottom <= HEIGHT_OF_A_SCREEN


def test_all_that_is_known_of_a_job_is_there() -> None:
    assert [panel["title"] for panel in PANELS] == [
        "Which job",
        "State",
        "Note",
        "Reason",
        "Age of values",
        "End",
        "Progress",
        "Items",
        "Items done",
        "Items failed",
        "Expected end",
        "Last moved",
        "Failed reads",
        "Firing alerts of this job",
        "State over time",
        "Progress over time",
        "Items over time",
    ]


@pytest.mark.parametrize(
    ("title", "longest"),
    [
        (
            "Which job",
            {
                "Name": "job-of-reserve-reached",
                "Job": "2607640",
                "Account": "reserve-reached",
                "Type": "SubscriptionProductBulkPriceChange",
                "API status": "ProcessedWithErrors",
            },
        ),
        (
            "Firing alerts of this job",
            {
                "Severity": "critical",
                "Alert": "FusebillServiceJobPartiallyFailed",
                "Since": "9 minutes ago",
            },
        ),
    ],
)
def test_the_columns_of_a_table_fit_with_whole_words(title: str, longest: dict[str, str]) -> None:
    panel = panel_of(title, ONE_JOB)
    (organize,) = [one["options"] for one in panel["transformations"] if one["id"] == "organize"]
    assert list(organize["renameByName"].values()) == list(longest)
    room = {}
    for column in longest:
        for override in panel["fieldConfig"]["overrides"]:
            if override["matcher"] == {"id": "byName", "options": column}:
                set_to = {one["id"]: one["value"] for one in override["properties"]}
                room[column] = set_to.get("custom.width", 0)
    left = width(panel) - sum(room.values())
    for column, text in longest.items():
        assert (room[column] or left) >= 8 * len(text)


def test_a_timeline_of_one_job_has_no_pages() -> None:
    assert not panel_of("State over time", ONE_JOB)["options"].get("perPage")
