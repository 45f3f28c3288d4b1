"""The real program as a process: started, followed by its log, and always ended."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from typing import IO

from exporter.simulator import Simulator
from tests.support.asgi import Answer
from tests.support.connecting import connection_to
from tests.support.readers import KEY

PATIENCE = 60.0
"""More seconds than anything takes on any machine."""

_ADDRESS = re.compile(r"(?:unix:[^ \"]+|[^ \"=]+:[0-9]+)(?=\"?\}?$)")
"""The address at the end of a log line, in logfmt or JSON."""

PROGRAM = (sys.executable, "-m", "exporter")

NETWORK = (
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
"""The variables of the environment that lead to an API."""

LOOPBACK = "--web.listen-address=127.0.0.1:0"


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment with the tests' key, and without the user's own settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FUSEBILL_") and name not in NETWORK
    }
    return inherited | {"FUSEBILL_API_KEY": KEY} | dict(variables or {})


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=environment() if env is None else dict(env),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def write_config(folder: Path, base_url: str, *jobs: int, more: str = "") -> Path:
    """Write a configuration of one account; return its path."""
    file = folder / "config.yaml"
    file.write_text(
        f"accounts:\n  - name: live\n    base_url: {base_url}\n    jobs: {list(jobs)}\n{more}",
        encoding="utf-8",
    )
    return file


def serving(simulator: Simulator, folder: Path, *jobs: int) -> list[str]:
    """Return arguments for serving jobs of a simulator on a free loopback port."""
    more = "refresh: {active: 1h, timeout: 1m}\n"
    return [f"--config.file={write_config(folder, simulator.base_url, *jobs, more=more)}", LOOPBACK]


class Program:
    """A running exporter.

    `addresses` are those that its log says it listens on. `said` has every line on stderr so far.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.addresses: list[str] = []
        self.said: list[str] = []
        self._lines: Queue[str | None] = Queue()
        self._reads = threading.Event()
        self._reads.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            self._lines.put(self.said[-1])
            self._reads.wait()
        self._lines.put(None)

    def stop_reading(self) -> None:
        """Stop reading stderr, whose pipe is made small, until the program has ended."""
        assert self.process.stderr is not None
        fcntl.fcntl(self.process.stderr, fcntl.F_SETPIPE_SZ, 4096)
        self._reads.clear()

    def line_with(self, text: str) -> str:
        """Return the next line on stderr that contains `text`; fail if the program ends first."""
        seen = []
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            seen.append(line)
            if text in line:
                return line
        message = f"the program ended without a line with {text!r}: {seen}"
        raise AssertionError(message)

    def ask(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        address: int = 0,
    ) -> Answer:
        """Return the answer to a request to one of the addresses."""
        with closing(connection_to(self.addresses[address], PATIENCE)) as connection:
            connection.request(method, path, headers=dict(headers or {}))
            response = connection.getresponse()
            fields = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, fields, response.read())

    def end(self, number: signal.Signals = signal.SIGTERM, within: float = PATIENCE) -> int:
        """Send a signal and return the exit code. By then `said` is complete."""
        self.process.send_signal(number)
        code = self.process.wait(within)
        self._reads.set()
        self._reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """End the program, if it still runs, and the thread that reads its log."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self._reads.set()
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()


@contextmanager
def started(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    addresses: int = 1,
    stdout: int | IO[str] = subprocess.DEVNULL,
    command: Sequence[str] = PROGRAM,
    pass_fds: Sequence[int] = (),
) -> Iterator[Program]:
    """Start the program and wait until it listens on `addresses` addresses.

    `command` may start it in another way, and `pass_fds` are files that are handed to it.
    """
    program = Program(
        subprocess.Popen(
            [*command, *arguments],
            env=environment() if env is None else dict(env),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=pass_fds,
        )
    )
    try:
        for _ in range(addresses):
            line = program.line_with("listening")
            program.addresses.append(_ADDRESS.findall(line)[-1])
        yield program
    finally:
        program.close()
