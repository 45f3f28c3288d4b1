"""What tests of several modules stand on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.folder import Folder
from tests.house import House, opened

# However slow the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
