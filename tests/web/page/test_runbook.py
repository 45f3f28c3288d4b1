"""Where the page sends a person who wants to know what to do about a job."""

import re
from pathlib import Path

import pytest

from exporter.model.state import State
from exporter.web.page.job_kinds import KINDS, RANKS
from exporter.web.page.runbook import ANCHORS
from tests.prometheus.shipped import ALERTS

TEXT = (Path(__file__).parents[3] / "docs/alerts.md").read_text(encoding="utf-8")
SECTIONS = {title.lower(): title for title in re.findall(r"^## (\w+)$", TEXT, re.MULTILINE)}


@pytest.mark.parametrize("kind", ANCHORS)
def test_each_anchor_is_the_section_of_an_alert(kind: str) -> None:
    assert SECTIONS[ANCHORS[kind]] in ALERTS


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_that_needs_a_person_has_a_section_and_no_other(kind: str) -> None:
    assert (kind in ANCHORS) == (RANKS[kind] < RANKS[State.RUNNING])
