"""What tests of several modules stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import House, opened


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return an application with a configuration in files, its API being open."""
    with opened(House(tmp_path)) as made:
        yield made
