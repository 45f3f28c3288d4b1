"""The exit codes of the commands, as `docs/operations.md` lists them; here those of a process.

`test_serve` has those of a start that fails, and of signals to a program that serves.
"""

import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from exporter.simulator import Simulator
from tests.cli.conftest import DONE, MISSING
from tests.support.program import (
    LOOPBACK,
    PATIENCE,
    PROGRAM,
    environment,
    run,
    serving,
    started,
    write_config,
)

pytestmark = pytest.mark.slow


@contextmanager
def checking(*arguments: str, command: Sequence[str] = PROGRAM) -> Iterator[subprocess.Popen[str]]:
    """Start `check` in a process that ends with the block."""
    process = subprocess.Popen(
        [*command, "check", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    """Send a signal; return the exit code and what was written to stdout and stderr."""
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, stdout, stderr


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, -15, id="SIGTERM"),
    ],
)
def test_a_check_that_waits_for_the_api_ends_at_a_signal_without_a_word(
    silent_api: socket.socket, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    url = f"http://127.0.0.1:{silent_api.getsockname()[1]}/v1"
    config = write_config(tmp_path, url, DONE)
    with (
        checking("--live", f"--config.file={config}") as process,
        closing(silent_api.accept()[0]),
    ):
        assert ended(process, number) == (code, f"{config}: valid\n", "")


def test_a_check_in_the_background_of_a_script_does_not_heed_ctrl_c(
    silent_api: socket.socket, tmp_path: Path
) -> None:
    """A shell starts such a job with SIGINT ignored."""
    url = f"http://127.0.0.1:{silent_api.getsockname()[1]}/v1"
    config = write_config(tmp_path, url, DONE, more="refresh: {timeout: 1s}\n")
    background = ("sh", "-c", 'trap "" INT; exec "$@"', "sh", *PROGRAM)
    with (
        checking("--live", f"--config.file={config}", command=background) as process,
        closing(silent_api.accept()[0]),
    ):
        code, _, said = ended(process, signal.SIGINT)
    assert (code, "did not answer in time" in said) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["serve", "--no.such.flag"], id="serve"),
        pytest.param(["demo", "--jobs=0"], id="demo"),
        pytest.param(["check", "--running=0"], id="check"),
    ],
)
def test_a_usage_error_exits_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")


def test_a_check_exits_1_for_a_configuration_that_is_not_valid(files: Path) -> None:
    assert run("check", f"--config.file={files / 'bad.yaml'}").returncode == 1


@pytest.mark.parametrize(("job", "code"), [(DONE, 0), (MISSING, 1)], ids=["read", "not read"])
def test_a_live_check_exits_0_when_every_job_was_read(
    api: Simulator, tmp_path: Path, job: int, code: int
) -> None:
    config, _ = serving(api, tmp_path, job)
    assert run("check", "--live", config).returncode == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_demo_that_is_told_to_end_exits_0(number: signal.Signals) -> None:
    with started("demo", "--jobs=1", LOOPBACK) as program:
        assert program.end(number) == 0


def test_the_help_of_check_lists_its_exit_codes() -> None:
    lines = run("check", "--help").stdout.partition("Exit codes:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1", "2", "130"]
