"""The program under more clients than any network has. Too slow for every run."""

import random
import re
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

import pytest

from exporter.simulator import Simulator
from tests.cli.conftest import DONE
from tests.cli.crowds import HALF, address, crowd
from tests.support.program import PATIENCE, Program, serving, started

pytestmark = pytest.mark.prove

CLIENTS = 10_000
REQUESTS = 120_000
ROUNDS = 10
SPARE = 1_000
"""Descriptors that this process needs for everything but its connections."""

GROWTH = 48 * 1024
"""The KiB by which the program's memory may grow."""


@pytest.fixture
def program(api: Simulator, tmp_path: Path) -> Iterator[Program]:
    with started(*serving(api, tmp_path, DONE)) as program:
        assert program.ask("/metrics").status == 200
        yield program


def most_memory(program: Program) -> int:
    """Return the program's peak memory so far, in KiB."""
    status = Path(f"/proc/{program.process.pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0])


@pytest.fixture
def clients(capsys: pytest.CaptureFixture[str]) -> Iterator[int]:
    """Return how many connections this process may open; print it if fewer than `CLIENTS`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = CLIENTS if hard == resource.RLIM_INFINITY else min(CLIENTS, hard - SPARE)
    if most < CLIENTS:
        with capsys.disabled():
            print(f"only {most:,} half-open connections: ulimit -Hn is {hard:,}")  # noqa: T201
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most + SPARE), hard))
    yield most
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_half_open_connections_delay_no_scrape_and_take_no_memory(
    program: Program, clients: int
) -> None:
    before = most_memory(program)
    with ExitStack() as stack:
        for _ in range(ROUNDS):
            crowd(stack, program, clients // ROUNDS, HALF)
            assert program.ask("/metrics").status == 200
    assert most_memory(program) - before < GROWTH
    assert program.end() == 0


def next_status(answers: BinaryIO) -> bytes:
    """Read one answer and return its status."""
    status, length = answers.readline().split()[1], 0
    while line := answers.readline().lower().strip():
        if line.startswith(b"content-length: "):
            length = int(line.rpartition(b" ")[2])
    answers.read(length)
    return status


def test_120_000_pipelined_requests_are_answered_in_turn_and_delay_no_scrape(
    program: Program,
) -> None:
    paths = {b"/-/healthy": b"200", b"/-/none": b"404", b"/-/reload": b"405"}
    asked = random.Random(1).choices(list(paths), k=REQUESTS)  # noqa: S311  no secret
    sent = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in asked)
    before = most_memory(program)
    found: list[bytes] = []
    with closing(socket.create_connection(address(program), PATIENCE)) as connection:
        sender = threading.Thread(target=connection.sendall, args=(sent,))
        sender.start()
        with connection.makefile("rb") as answers:
            for number in range(1, REQUESTS + 1):
                found.append(next_status(answers))
                if number % (REQUESTS // ROUNDS) == 0:
                    assert program.ask("/metrics").status == 200
        sender.join()
    assert found == [paths[path] for path in asked]
    assert most_memory(program) - before < GROWTH
    assert program.end() == 0
