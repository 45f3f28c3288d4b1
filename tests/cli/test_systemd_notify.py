"""What the service manager is told, as it hears it."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from errno import EAGAIN
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from exporter.cli.systemd_notify import Notifier
from exporter.simulator import Simulator
from tests.cli.conftest import DONE, MISSING
from tests.support.installation import Installation, Slow, opened, play, until
from tests.support.program import PATIENCE, environment, serving, started

READY = "READY=1\nSTATUS=watching 1 job of 1 account"


@pytest.fixture(params=["in a folder", "in no folder"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    """Listen as the service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.bind(str(tmp_path / "n") if request.param == "in a folder" else "")
        yield sock


def address_of(manager: socket.socket) -> str:
    """Return the address as NOTIFY_SOCKET has it."""
    name = manager.getsockname()
    return name if isinstance(name, str) else f"@{name[1:].decode()}"


def heard(manager: socket.socket) -> str:
    return manager.recv(4096).decode()


def all_heard(manager: socket.socket) -> list[str]:
    """Return the first line of each message that has come."""
    manager.settimeout(0)
    found = []
    while True:
        try:
            found.append(heard(manager).partition("\n")[0])
        except BlockingIOError:
            return found


@pytest.mark.slow
def test_it_hears_when_the_program_is_ready_reloads_and_stops(
    api: Simulator, tmp_path: Path, manager: socket.socket
) -> None:
    variables = environment({"NOTIFY_SOCKET": address_of(manager)})
    with started(*serving(api, tmp_path, DONE), env=variables) as program:
        assert heard(manager) == READY
        serving(api, tmp_path, DONE, MISSING)
        before = time.monotonic_ns() // 1000
        program.process.send_signal(signal.SIGHUP)
        reloading = heard(manager).splitlines()
        assert reloading[0] == "RELOADING=1"
        assert before <= int(reloading[1].removeprefix("MONOTONIC_USEC="))
        assert heard(manager) == "READY=1\nSTATUS=watching 2 jobs of 1 account"
        assert program.ask("/-/reload", method="POST").status == 200
        assert [heard(manager).partition("\n")[0] for _ in range(2)] == ["RELOADING=1", "READY=1"]
        assert program.end() == 0
        assert heard(manager) == "STOPPING=1\nSTATUS=stopping"
        assert not any("service manager" in line for line in program.said)


@pytest.mark.slow
def test_the_program_answers_when_it_says_that_it_is_ready(
    api: Simulator, tmp_path: Path, manager: socket.socket
) -> None:
    variables = environment({"NOTIFY_SOCKET": address_of(manager)})
    with started(*serving(api, tmp_path, DONE), env=variables) as program:
        assert heard(manager) == READY
        assert program.ask("/-/ready").status == 200


@pytest.mark.slow
def test_a_service_manager_that_is_gone_changes_nothing_and_is_logged_once(
    api: Simulator, tmp_path: Path
) -> None:
    variables = environment({"NOTIFY_SOCKET": str(tmp_path / "none")})
    with started(*serving(api, tmp_path, DONE), env=variables) as program:
        assert program.ask("/-/reload", method="POST").status == 200
        assert program.end() == 0
    said = [line for line in program.said if "service manager cannot be told" in line]
    assert len(said) == 1
    assert "level=warn" in said[0]
    assert said[0].endswith('error="No such file or directory"')


def test_a_reload_that_fails_ends_too_and_says_so(
    installation: Installation, manager: socket.socket
) -> None:
    notifier = Notifier(address_of(manager), installation.reloader, installation.now)

    async def story(installation: Installation) -> None:
        installation.config.write_text("accounts: none\n", encoding="utf-8")
        assert await notifier.reload() == (f"{installation.config}: accounts: expected a list",)

    play(installation, story)
    heard(manager)
    assert heard(manager) == (
        "READY=1\nSTATUS=watching 3 jobs of 1 account; "
        "the last reload failed, and the old configuration is kept"
    )


def test_it_is_ready_again_when_the_last_of_several_reloads_has_ended(
    manager: socket.socket, tmp_path: Path
) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        notifier = Notifier(address_of(manager), installation.reloader, installation.now)
        first = asyncio.create_task(notifier.reload())
        await until(lambda: slow.begun == 2)
        second = asyncio.create_task(notifier.reload())
        await asyncio.sleep(0)
        slow.gate.release()
        await first
        assert all_heard(manager) == ["RELOADING=1", "RELOADING=1"]
        slow.gate.release()
        await second
        assert all_heard(manager) == ["READY=1"]

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_after_the_stop_nothing_more_is_told(manager: socket.socket, tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        notifier = Notifier(address_of(manager), installation.reloader, installation.now)
        reload = asyncio.create_task(notifier.reload())
        await until(lambda: slow.begun == 2)
        notifier.stop()
        slow.gate.release(2)
        await reload
        await notifier.reload()
        assert all_heard(manager) == ["RELOADING=1", "STOPPING=1"]

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_a_service_manager_that_does_not_listen_is_not_waited_for(
    installation: Installation, manager: socket.socket
) -> None:
    notifier = Notifier(address_of(manager), installation.reloader, installation.now)
    with capture_logs() as logs:
        while not logs:
            notifier.ready()
    assert [(line["event"], line["error"]) for line in logs] == [
        ("service manager cannot be told", os.strerror(EAGAIN))
    ]


def test_without_a_service_manager_nothing_is_said(installation: Installation) -> None:
    notifier = Notifier("", installation.reloader, installation.now)
    with capture_logs() as logs:
        notifier.ready()
        notifier.stop()
    assert logs == []
    assert installation.reloader.collector.stopping
