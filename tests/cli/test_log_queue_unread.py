"""The program while nobody reads its log, as when a log shipper hangs."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from exporter.cli import log_queue
from exporter.cli.log_queue import LINES
from exporter.simulator import Limits, Simulator
from exporter.web.server import server
from tests.cli.conftest import LONG, MISSING, SOON
from tests.cli.log_lines import read_json
from tests.support.program import Program, environment, serving, started

pytestmark = pytest.mark.slow

MANY = range(MISSING, MISSING + LINES // 2 + 100)
"""Jobs that the API does not know. Each fails with two lines in the log."""


@pytest.fixture
def program(api: Simulator, tmp_path: Path) -> Iterator[Program]:
    """Return a program that has logged more lines than its pipe and its queue hold."""
    api.limits = Limits(10_000, 1_800_000)
    flags = (*serving(api, tmp_path, *MANY), "--log.level=debug", "--log.format=json")
    config = tmp_path / "config.yaml"
    quota = f"quota: {{per_minute: {api.limits.minute}, per_day: {api.limits.day}}}"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("name: live", f"name: live\n    {quota}"), encoding="utf-8")
    with started(*flags) as program:
        program.stop_reading()
        assert program.ask("/metrics", LONG).status == 200
        yield program


def test_the_program_answers_as_ever_and_counts_what_it_drops(program: Program) -> None:
    assert program.ask("/-/healthy").status == 200
    samples = [one for family in parse(program.ask("/metrics").text) for one in family.samples]
    up = [one.value for one in samples if one.name == "fusebill_service_job_up"]
    dropped = [
        one.value for one in samples if one.name == "fusebill_exporter_log_lines_dropped_total"
    ]
    assert up == [0] * len(MANY)
    assert dropped[0] > 0


def test_a_signal_ends_the_program_and_leaves_no_half_line(program: Program) -> None:
    assert program.end(within=SOON) == 0
    assert {read_json(line)["level"] for line in program.said} == {"info", "warn", "debug"}


def test_an_unread_log_and_a_client_that_takes_no_answers_do_not_hold_up_the_end_together(
    program: Program,
) -> None:
    host, _, port = program.addresses[0].partition(":")
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        client.sendall(b"GET / HTTP/1.1\r\nHost: exporter\r\n\r\n" * 40)
        assert client.recv(1)
        assert program.end(within=SOON) == 0


def test_all_that_the_end_may_wait_for_is_over_within_5_seconds() -> None:
    assert server.GRACE + server.ABORTING + log_queue.END < 4.5


def test_a_start_that_fails_exits_1_though_nobody_reads_why() -> None:
    reader, writer = os.pipe()
    with closing(os.fdopen(reader, "rb")), closing(os.fdopen(writer, "wb", 0)) as stderr:
        stderr.write(b"x" * fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096))
        command = [sys.executable, "-m", "exporter", "--config.file=none.yaml"]
        process = subprocess.Popen(command, env=environment(), stderr=stderr)
        try:
            assert process.wait(SOON) == 1
        finally:
            process.kill()
            process.wait()
