"""Fixtures of the command line's tests: a simulated API, a silent one, and configuration files."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import PATIENCE
from tests.support.readers import KEY

DONE, MISSING = 2607617, 2607618
"""A finished job of the simulated API, and a job that it does not know."""

LONG = {"X-Prometheus-Scrape-Timeout-Seconds": "60"}
"""The headers of a scrape with so long a timeout that it waits for every read."""

SOON = 15.0
"""Seconds within which the program ends on any machine, unless something holds it up."""


@pytest.fixture
def api() -> Iterator[Simulator]:
    with Simulator([SimulatedJob(DONE, created=1.0)], api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def silent_api() -> Iterator[socket.socket]:
    """Accept connections and never answer, as a hanging API does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with good and bad configuration files."""
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
