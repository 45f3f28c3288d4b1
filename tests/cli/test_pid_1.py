"""The program as PID 1, as in a container: the kernel withholds signals without a handler."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import DONE
from tests.e2e.conftest import REQUIRED
from tests.support.program import LOOPBACK, PATIENCE, Program, environment, write_config

NAMESPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child=SIGKILL"]
AS_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]


@pytest.fixture(autouse=True)
def _need_a_namespace() -> None:
    """Skip the test and say why; fail it instead if end-to-end tests are required."""
    try:
        subprocess.run([*NAMESPACE, *AS_ROOT, "true"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"needs a PID namespace: {getattr(error, 'stderr', '') or error}"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)


@contextmanager
def pid_1(*arguments: str) -> Iterator[Program]:
    """Start the program as PID 1 of a namespace. The process here exits with its exit code."""
    command = [*NAMESPACE, *AS_ROOT, sys.executable, "-m", "exporter", *arguments]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    program = Program(process)
    try:
        yield program
    finally:
        program.close()


def end(program: Program) -> int:
    """Send SIGTERM to the program itself, not to `unshare`, and return its exit code."""
    parent = program.process.pid
    (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    os.kill(int(child), signal.SIGTERM)
    return program.process.wait(PATIENCE)


def test_sigterm_ends_a_served_demo_as_any_other_process() -> None:
    with pid_1("demo", LOOPBACK) as program:
        program.line_with("listening")
        assert end(program) == 0
        program.line_with("stopped")


def test_sigterm_ends_a_check_that_waits_for_the_api(
    silent_api: socket.socket, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{silent_api.getsockname()[1]}/v1"
    config = f"--config.file={write_config(tmp_path, url, DONE)}"
    with pid_1("check", "--live", config) as program, closing(silent_api.accept()[0]):
        assert end(program) == 128 + signal.SIGTERM
