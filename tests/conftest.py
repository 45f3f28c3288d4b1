"""What tests of several modules stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.folder import Folder
from tests.support.house import House, opened

# The same examples each time, however slow the machine is; `make prove` takes others, and more.
settings.register_profile(
    "patient", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "prove", settings.get_profile("patient"), derandomize=False, max_examples=5_000
)
settings.load_profile("patient")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return an application with a configuration in files, its API being open."""
    with opened(House(tmp_path)) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return a folder of job files."""
    return Folder(tmp_path)
