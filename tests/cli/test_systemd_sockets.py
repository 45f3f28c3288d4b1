"""The sockets that systemd hands over, as it hands them over: without systemd."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from exporter.cli.systemd_sockets import handed_over
from exporter.model.errors import ListenError
from exporter.simulator import Simulator
from exporter.web.server.listening import OPTIONS
from tests.cli.conftest import DONE
from tests.cli.log_lines import read_logfmt
from tests.support.program import PATIENCE, serving, started

LAUNCHER = """
import fcntl, os, sys
descriptors, arguments = sys.argv[1].split(","), sys.argv[2:]
high = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 100) for one in descriptors]
for place, descriptor in enumerate(high):
    os.dup2(descriptor, 3 + place)
    os.close(descriptor)
os.environ |= {"LISTEN_FDS": str(len(high)), "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "exporter", "--web.systemd-socket", *arguments])
"""
"""A program that starts the exporter as systemd does, with file descriptors from 3 on."""


def launcher(descriptors: Sequence[int]) -> tuple[str, ...]:
    return (sys.executable, "-c", LAUNCHER, ",".join(map(str, descriptors)))


@pytest.mark.slow
def test_what_is_handed_over_is_listened_on_and_nothing_else(
    api: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    config, _ = serving(api, tmp_path, DONE)
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(path))
        unix.listen()
        mode = path.stat().st_mode
        fds = [tcp.fileno(), unix.fileno()]
        with started(config, addresses=2, command=launcher(fds), pass_fds=fds) as program:
            assert program.addresses == [f"127.0.0.1:{tcp.getsockname()[1]}", f"unix:{path}"]
            answers = [program.ask("/-/healthy", address=index).status for index in (0, 1)]
            inherited = Path(f"/proc/{program.process.pid}/fdinfo")
            flags = [(inherited / str(fd)).read_text(encoding="ascii") for fd in (3, 4)]
            assert program.end(signal.SIGTERM) == 0
        assert [tcp.getsockopt(socket.IPPROTO_TCP, one) for one in OPTIONS] == [*OPTIONS.values()]
    assert answers == [200, 200]
    assert path.stat().st_mode == mode, "its file belongs to systemd"
    closed = [int(one.partition("flags:")[2].split()[0], 8) & os.O_CLOEXEC for one in flags]
    assert all(closed), "no child gets them"


def refusal(descriptors: str, pid: int | str) -> str:
    variables = {
        "LISTEN_FDS": descriptors,
        "LISTEN_PID": str(pid),
        "LISTEN_FDNAMES": "x",
        "MY": "1",
    }
    with pytest.raises(ListenError) as caught, handed_over(variables):
        pass
    assert variables == {"MY": "1"}
    before, _, reason = str(caught.value).partition(": ")
    assert before == "cannot listen on the sockets of systemd (--web.systemd-socket)"
    return reason


@pytest.mark.parametrize("number", ["", "0", "-1", "many"])
def test_without_sockets_it_is_said_where_they_come_from(number: str) -> None:
    assert refusal(number, os.getpid()) == (
        "it hands over none; start the program by a .socket unit, or leave out the flag"
    )


@pytest.mark.parametrize(("pid", "shown"), [("1", "1"), ("", "(none)")])
def test_the_sockets_of_another_process_are_left_alone(pid: str, shown: str) -> None:
    assert refusal("1", pid).startswith(
        f"they are for process {shown}, and this is process {os.getpid()};"
    )


def not_listening() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def connected() -> socket.socket:
    """Return what systemd hands over with Accept=yes."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()),
    ):
        return listener.accept()[0]


def datagram() -> socket.socket:
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def sequenced() -> socket.socket:
    """Return what systemd hands over for ListenSequentialPacket=."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.bind("")
    sock.listen()
    return sock


def no_socket() -> IO[bytes]:
    return TemporaryFile()


KINDS = [not_listening, connected, datagram, sequenced, no_socket]


@pytest.mark.slow
@pytest.mark.parametrize("make", KINDS, ids=lambda one: one.__name__)
def test_a_socket_that_does_not_listen_for_connections_is_refused(
    api: Simulator, tmp_path: Path, make: Callable[[], socket.socket | IO[bytes]]
) -> None:
    config, _ = serving(api, tmp_path, DONE)
    with make() as sock:
        fds = [sock.fileno()]
        with started(config, addresses=0, command=launcher(fds), pass_fds=fds) as program:
            line = program.line_with("cannot start")
            assert program.process.wait(PATIENCE) == 1
    assert program.said == [line]
    assert read_logfmt(line)["error"] == (
        "cannot listen on the sockets of systemd (--web.systemd-socket): file descriptor 3 is no "
        "listening stream socket; the .socket unit needs ListenStream= and Accept=no"
    )
