"""The program under hostile clients: it answers scrapes all the same."""

import resource
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from exporter.simulator import Simulator
from exporter.web.server.connections import Limits
from tests.cli.conftest import DONE
from tests.cli.crowds import HALF, address, crowd
from tests.support.program import Program, serving, started
from tests.web.serving import Certificates, ask, closed_by_the_other_side

pytestmark = pytest.mark.slow

MANY = 500
FEW_FILES = 64


@pytest.fixture
def program(api: Simulator, tmp_path: Path) -> Iterator[Program]:
    with started(*serving(api, tmp_path, DONE)) as program:
        yield program


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        pytest.param(1, b"", id="an idle client"),
        pytest.param(MANY, HALF, id="500 half-sent requests"),
        pytest.param(2 * MANY, b"", id="more clients than there may be"),
    ],
)
def test_a_scrape_is_answered_whoever_else_is_connected(
    program: Program, number: int, sent: bytes
) -> None:
    with ExitStack() as stack:
        crowd(stack, program, number, sent)
        for _ in range(3):
            assert program.ask("/metrics").status == 200
    assert program.end() == 0


def test_a_flood_does_not_use_up_the_files_that_the_program_may_open(
    api: Simulator, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
        try:
            program = stack.enter_context(started(*serving(api, tmp_path, DONE)))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        crowd(stack, program, MANY, HALF)
        assert program.ask("/metrics").status == 200
        assert program.end() == 0
        assert "stopping" in program.line_with("msg="), "and no complaint came before"


def test_half_sent_requests_are_dropped_by_themselves(program: Program) -> None:
    with ExitStack() as stack:
        crowded = crowd(stack, program, 50, HALF)
        assert all(map(closed_by_the_other_side, crowded))
        assert program.ask("/metrics").status == 200


def test_no_limit_leaves_a_connection_waiting_for_half_a_minute() -> None:
    limits = Limits()
    assert limits.handshake + limits.request + 2 * limits.sweep < 30
    assert limits.answer + 2 * limits.sweep < 30
    assert limits.connections <= 512


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="a client that says nothing"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", id="half a hello"),
    ],
)
def test_a_slow_handshake_delays_no_scrape(api: Simulator, tmp_path: Path, sent: bytes) -> None:
    certificates = Certificates(tmp_path)
    certificates.write("server", "localhost", "127.0.0.1")
    web = tmp_path / "web.yml"
    web.write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
    with (
        started(*serving(api, tmp_path, DONE), f"--web.config.file={web}") as program,
        ExitStack() as stack,
    ):
        crowd(stack, program, 100, sent)
        answer = ask(address(program), "/metrics", context=certificates.trusting())
        assert answer.status == 200
        with pytest.raises((OSError, ssl.SSLError)):
            ask(address(program), "/metrics", context=ssl.create_default_context())
        with pytest.raises(OSError):  # noqa: PT011  plain HTTP is no handshake
            program.ask("/metrics")
        assert program.end() == 0
