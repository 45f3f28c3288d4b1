"""Fixtures of the tests of the configuration."""

from pathlib import Path

import pytest

from tests.config.job_folder import JobFolder


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Return an empty folder for job files."""
    return JobFolder(tmp_path)
