"""Fixtures and settings for the tests of several packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.folder import Folder
from tests.support.house import House, opened

# The same examples in each run, on machines of any speed. `make prove` takes other and more ones.
settings.register_profile(
    "patient", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "prove", settings.get_profile("patient"), derandomize=False, max_examples=5_000
)
settings.load_profile("patient")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return an application with a configuration in files, over a running simulated API."""
    with opened(House(tmp_path)) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an empty folder for job files."""
    return Folder(tmp_path)
