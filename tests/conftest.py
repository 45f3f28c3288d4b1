"""Fixtures and settings for the tests of several packages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.installation import Installation, opened

# The same examples in each run, on machines of any speed. `make prove` takes other and more ones.
settings.register_profile(
    "patient", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "prove", settings.get_profile("patient"), derandomize=False, max_examples=5_000
)
settings.load_profile("patient")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Return an application with a configuration in files, over a running simulated API."""
    with opened(Installation(tmp_path)) as made:
        yield made
