"""The files of the Unix sockets that are listened on, and the server behind one."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import bcrypt
import pytest
from starlette.responses import PlainTextResponse

from exporter.model.errors import ListenError
from exporter.web.access.reload import Access
from exporter.web.server.address import UnixAddress
from exporter.web.server.connections import Limits
from exporter.web.server.unix_socket import LONGEST, unix_socket
from tests.support.connecting import UnixConnection
from tests.support.program import PATIENCE
from tests.web.serving import Certificates, served_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


def address(path: Path) -> UnixAddress:
    return UnixAddress(str(path))


def refusal(path: Path) -> str:
    """Return why there is no socket, after the address."""
    with pytest.raises(ListenError) as caught, unix_socket(address(path), 1):
        pass
    before, _, reason = str(caught.value).partition(f"unix:{path}: ")
    assert before == "cannot listen on "
    return reason


def connect(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(str(path))


def dead(path: Path) -> None:
    """Leave a socket as a program does that is killed."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


@pytest.fixture(params=[0o000, 0o022, 0o077], ids="umask {:03o}".format)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_its_user_and_its_group_may_connect_and_nobody_else(path: Path, umask: int) -> None:
    with unix_socket(address(path), 1):
        connect(path)
        assert stat.filemode(path.stat().st_mode) == "srw-rw----"
        assert os.umask(umask) == umask


def test_it_is_gone_at_the_end(path: Path) -> None:
    with unix_socket(address(path), 1):
        pass
    assert not path.exists()


def test_the_socket_of_a_dead_program_is_replaced(path: Path) -> None:
    dead(path)
    with unix_socket(address(path), 1):
        connect(path)


@pytest.mark.parametrize("waiting", [0, 2], ids=["idle", "with a full queue"])
def test_the_socket_of_a_live_program_is_refused(path: Path, waiting: int) -> None:
    with unix_socket(address(path), 1) as sock:
        clients = [socket.socket(socket.AF_UNIX) for _ in range(waiting)]
        for client in clients:
            client.connect(str(path))
        assert refusal(path) == (
            "a program listens on it already; choose another path with --web.listen-address"
        )
        for client in clients:
            client.close()
            sock.accept()[0].close()
        connect(path)


def test_a_file_that_is_no_socket_is_refused_and_stays(path: Path) -> None:
    path.write_text("precious", encoding="ascii")
    assert refusal(path) == ("there is a file that is no socket; remove it or choose another path")
    assert path.read_text(encoding="ascii") == "precious"


def test_a_link_is_refused_and_stays(path: Path, tmp_path: Path) -> None:
    dead(tmp_path / "other")
    path.symlink_to(tmp_path / "other")
    assert refusal(path).startswith("there is a file that is no socket")
    assert path.is_symlink()
    assert path.exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert refusal(folder / "s") == f"there is no folder {folder}"


def test_what_is_no_folder_is_said(path: Path) -> None:
    path.touch()
    assert refusal(path / "s") == "Not a directory"


@contextmanager
def no_root() -> Iterator[None]:
    """Be nobody during the block: root may write everywhere."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_the_user_may_not_write_to_is_named() -> None:
    with no_root():
        assert refusal(Path("/etc/s")).endswith("may not make a socket there; let it write to /etc")


def test_a_socket_that_the_user_may_not_connect_to_is_refused_and_stays() -> None:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "s"
        with unix_socket(address(path), 1):
            path.chmod(0)
            with no_root():
                assert refusal(path) == (
                    "the program's user may not connect to the socket that is there; remove it"
                )
            assert path.exists()


def test_the_longest_path_is_that_of_the_system(tmp_path: Path) -> None:
    longest = tmp_path / ("s" * (LONGEST - len(str(tmp_path)) - 1))
    with unix_socket(address(longest), 1):
        connect(longest)
    assert refusal(Path(f"{longest}s")) == f"its path is longer than {LONGEST} bytes"


def test_the_socket_of_another_program_stays_at_the_end(path: Path) -> None:
    with unix_socket(address(path), 1):
        path.unlink()
        dead(path)
    assert path.exists()


def test_a_socket_that_is_gone_already_is_no_trouble_at_the_end(path: Path) -> None:
    with unix_socket(address(path), 1):
        path.unlink()


def test_it_is_served_with_tls_and_users(path: Path, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificates.write("server", "localhost")
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    config = tmp_path / "web.yml"
    config.write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
        f"basic_auth_users: {{me: {hashed}}}\n",
        encoding="utf-8",
    )
    statuses = []
    with served_at(address(path), PlainTextResponse("here"), Access(config), Limits()):
        for headers in ({}, {"Authorization": "Basic bWU6c2VjcmV0"}):
            connection = UnixConnection(str(path), PATIENCE, certificates.trusting())
            with closing(connection):
                connection.request("GET", "/", headers=headers)
                statuses.append(connection.getresponse().status)
    assert statuses == [401, 200]
