"""Fixtures of the tests of the web configuration."""

from pathlib import Path

import pytest

from tests.web.serving import Certificates


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Write a CA, and two certificates of it with their keys."""
    made = Certificates(tmp_path)
    made.write("server", "localhost")
    made.write("other", "other")
    return made
