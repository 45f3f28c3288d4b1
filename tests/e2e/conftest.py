"""Real servers, each started for a test on a free port and ended by its own process."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

REQUIRED = "E2E_REQUIRED"
"""The environment variable that turns a skipped end-to-end test into a failed one."""


def need(*programs: str) -> None:
    """Skip the test, saying what is missing, or fail it where end-to-end tests are required."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        message = f"needs {', '.join(missing)}: apt-get install prometheus"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)


class Prometheus:
    """A running Prometheus, asked over its HTTP API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **query: str) -> object:
        """Return the `data` of an answer of the API."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(query)}", timeout=10) as answer:
            return json.load(answer)["data"]


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def prometheus(folder: Path, targets: dict[str, str]) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes each target (by the name of its job) every second."""
    need("prometheus")
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": [address]}]}
            for name, address in targets.items()
        ],
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))
    log = (folder / "prometheus.log").open("wb")
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()
