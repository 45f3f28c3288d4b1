"""The web configuration of a running program, changed in place as editors change files."""

import os
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import bcrypt
import pytest

from exporter.simulator import Simulator
from tests.support.program import Program, serving, started

pytestmark = pytest.mark.slow

HASHES = {name: bcrypt.hashpw(name.encode(), bcrypt.gensalt(4)).decode() for name in ("one", "two")}
"""Hashes of each user's password, which is the user's name."""

USERS = "basic_auth_users:\n" + "".join(f"  {name}: {one}\n" for name, one in HASHES.items())
PATHS = (("/metrics", "GET"), ("/-/reload", "POST"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the web configuration file, which has two users."""
    file = tmp_path / "web.yml"
    file.write_text(USERS, encoding="ascii")
    return file


@pytest.fixture
def program(api: Simulator, tmp_path: Path, file: Path) -> Iterator[Program]:
    with started(*serving(api, tmp_path), f"--web.config.file={file}") as program:
        yield program


def basic(user: str, password: str = "") -> dict[str, str]:
    """Return the header of a user; by default the password is the name."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password or user}'.encode()).decode()}"}


def is_ok(program: Program) -> list[str]:
    """Return the samples that say whether the web configuration is in order."""
    lines = program.ask("/metrics", basic("one")).text.splitlines()
    return [line for line in lines if line.startswith("fusebill_exporter_web_config_ok")]


def statuses(program: Program, headers: dict[str, str] | None = None) -> list[int]:
    """Return the status of a scrape and of a reload."""
    return [program.ask(path, headers, method=method).status for path, method in PATHS]


def test_the_end_waits_for_no_password_that_is_checked(
    api: Simulator, tmp_path: Path, file: Path
) -> None:
    slow = USERS.replace(HASHES["one"], HASHES["one"].replace("$04$", "$12$"))
    file.write_text(slow, encoding="ascii")
    with (
        started(*serving(api, tmp_path), f"--web.config.file={file}") as program,
        ExitStack() as stack,
    ):
        host, _, port = program.addresses[0].rpartition(":")
        for number in range(40):
            client = stack.enter_context(socket.create_connection((host, int(port))))
            header = basic("one", f"wrong {number}")["Authorization"]
            request = f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n\r\n"
            client.sendall(request.encode() * 3)
        assert program.ask("/", basic("two")).status == 200
        assert program.end() == 0
        assert "msg=stopped" in program.said[-1]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="emptied"),
        pytest.param("basic_auth_users:", id="users cut off"),
        pytest.param(None, id="deleted"),
        pytest.param(USERS[:-20], id="half-written"),
        pytest.param("basic_auth_users: [", id="no YAML"),
    ],
)
def test_a_web_configuration_that_turns_bad_lets_nobody_in_and_shuts_nobody_out(
    program: Program, file: Path, text: str | None
) -> None:
    assert statuses(program, basic("one")) == [200, 200]
    assert is_ok(program) == ["fusebill_exporter_web_config_ok 1.0"]
    file.unlink() if text is None else file.write_text(text, encoding="ascii")
    assert statuses(program) == [401, 401]
    assert statuses(program, basic("one", "two")) == [401, 401]
    assert statuses(program, basic("one")) == [200, 200]
    assert is_ok(program) == ["fusebill_exporter_web_config_ok 0.0"]
    assert "The last good one stays in force" in program.ask("/", basic("one")).text
    assert "level=error" in program.line_with("web configuration is refused, keeping the old one")
    file.write_text(USERS + "# mended\n", encoding="ascii")
    assert statuses(program, basic("one")) == [200, 200]
    assert is_ok(program) == ["fusebill_exporter_web_config_ok 1.0"]
    assert "The last good one" not in program.ask("/", basic("one")).text
    program.line_with("web configuration is good again")
    program.end()
    assert sum("web configuration" in line for line in program.said) == 2, "each is said once"


def test_one_of_two_users_who_is_removed_is_refused_at_once(program: Program, file: Path) -> None:
    assert statuses(program, basic("two")) == [200, 200]
    file.write_text(f"basic_auth_users: {{one: {HASHES['one']}}}\n", encoding="ascii")
    assert statuses(program, basic("two")) == [401, 401]
    assert statuses(program, basic("one")) == [200, 200]


def test_a_changed_password_counts_at_once_though_the_file_looks_as_it_was(
    program: Program, file: Path
) -> None:
    before = file.stat()
    assert statuses(program, basic("one")) == [200, 200]
    file.write_text(USERS.replace(HASHES["one"], HASHES["two"]), encoding="ascii")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino,
        before.st_size,
        before.st_mtime_ns,
    )
    assert statuses(program, basic("one")) == [401, 401]
    assert statuses(program, basic("one", "two")) == [200, 200]
