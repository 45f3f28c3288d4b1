"""What the tests of the command line stand on."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import PATIENCE
from tests.support.readers import KEY

DONE, MISSING = 2607617, 2607618
"""A job that the simulated API knows, and one that it does not."""


@pytest.fixture
def api() -> Iterator[Simulator]:
    with Simulator([SimulatedJob(DONE, created=1.0)], api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def silent_api() -> Iterator[socket.socket]:
    """Take connections, as an API that never answers does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder of configurations, good and bad."""
    texts = {
        "good.yaml": "accounts: [{jobs: [1, 2]}]",
        "key.yaml": "accounts: [{api_key_file: key, jobs: [1]}]",
        "key": " \n",
        "zero.yaml": "accounts: [{api_key_file: /dev/zero, jobs: [1]}]",
        "bad.yaml": "accounts: [{jobs: [1, two]}]\nrefresh: {active: soon}",
        "odd.yaml": 'accounts: [{jobs: [1]}]\n"two\\nlines\\e[31m": 1',
        "web.yml": "basic_auth_users: {me: secret}",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path
