import subprocess
import sys
from collections.abc import Mapping

import pytest

from exporter.web.page.page import FEW, FIRST_WAIT, UPDATE_WAIT, page_wait
from tests.support.program import PATIENCE


def test_the_template_engine_is_loaded_with_the_first_page_and_not_before() -> None:
    code = """
import sys
from exporter.web.page.page import Page
from tests.support.snapshots import make_snapshot

page = Page("/metrics")
assert "jinja2" not in sys.modules
page.body(make_snapshot())
assert "jinja2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=True)


@pytest.mark.parametrize(
    ("headers", "unseen", "seconds"),
    [
        pytest.param({}, 0, FIRST_WAIT, id="a person opens it"),
        pytest.param({"prefer": "wait=1"}, 0, UPDATE_WAIT, id="its script updates it"),
        pytest.param({"prefer": "respond-async"}, 0, FIRST_WAIT, id="something else"),
        pytest.param({}, FEW, UPDATE_WAIT, id="there is nothing to be seen yet"),
        pytest.param({}, FEW + 1, 0.0, id="there is too much to be seen soon"),
        pytest.param({"prefer": "wait=1"}, FEW + 1, UPDATE_WAIT, id="its script waits also then"),
    ],
)
def test_only_who_prefers_to_wait_or_sees_nothing_waits_for_what_is_due(
    headers: Mapping[str, str], unseen: int, seconds: float
) -> None:
    assert page_wait(headers, unseen) == seconds
