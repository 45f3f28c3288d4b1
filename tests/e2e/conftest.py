"""Real servers for tests: each is a process on a free port, ended with its test."""

import json
import operator
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import stamina

from tests.e2e.waiting import until

REQUIRED = "E2E_REQUIRED"
"""The environment variable that turns a skipped end-to-end test into a failed one."""

PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "curl": "curl",
    "jq": "jq",
    "chromium": "chromium",
    "nginx": "nginx",
}
"""The Debian package of each program."""


def need(*programs: str) -> None:
    """Skip the test if a program is missing; fail it if end-to-end tests are required."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        packages = dict.fromkeys(PACKAGES[program] for program in missing)
        message = f"needs {', '.join(missing)}: apt-get install {' '.join(packages)}"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)


@pytest.fixture(scope="package", autouse=True)
def _quiet() -> Iterator[None]:
    """Keep retries out of the output of failed tests."""
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


class Prometheus:
    """A running Prometheus, used through its HTTP API."""

    def __init__(self, port: int, command: Sequence[str], log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = command
        self._log = log
        self._process = ExitStack()

    def start(self) -> None:
        """Start it with the data it stored before."""
        self._process.enter_context(running(self._command, self._log))

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._process.close()

    def get(self, path: str, **query: str) -> object:
        """Return the `data` of the API's answer."""
        with urlopen(f"{self.url}/api/v1/{path}?{urlencode(query)}", timeout=10) as answer:
            return json.load(answer)["data"]

    def found(self, query: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the labels (`metric`) and the value of each series that a query finds."""
        when = {} if at is None else {"time": str(at)}
        answer: Any = self.get("query", query=query, **when)
        return list(answer["result"])

    def evaluated(self) -> str:
        """Return the time of the last evaluation of the rules about jobs."""
        answer: Any = self.get("rules")
        groups = {group["name"]: group for group in answer["groups"]}
        return str(groups["fusebill-service-jobs"]["lastEvaluation"])

    def wait(self, query: str, evaluations: int = 3) -> None:
        """Wait until a query finds something, and then for some evaluations of the rules."""
        until(lambda: self.found(query), bool, f"Prometheus has no {query}")
        for _ in range(evaluations):
            last = self.evaluated()
            until(self.evaluated, partial(operator.ne, last), "the rules are not evaluated again")


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[None]:
    """Run a server that writes to `log`, and end it after the block."""
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def prometheus(
    folder: Path,
    targets: dict[str, str],
    *,
    rules: Path | None = None,
    alertmanager: str | None = None,
    settings: Mapping[str, Mapping[str, object]] | None = None,
) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes every second; `targets` are addresses by scrape job.

    `settings` has more settings of a scrape job, such as its TLS. Prometheus evaluates the rules
    every second and sends alerts to the Alertmanager at the address `alertmanager`.
    """
    need("prometheus")
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)] if rules else [],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]
            if alertmanager
            else []
        },
        "scrape_configs": [
            {"job_name": name, "static_configs": [{"targets": [address]}]}
            | dict((settings or {}).get(name, {}))
            for name, address in targets.items()
        ],
    }
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))
    command = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    server = Prometheus(port, command, folder / "prometheus.log")
    server.start()
    try:
        yield server
    finally:
        server.end()
