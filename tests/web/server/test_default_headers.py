"""The default headers, as the client of a socket gets them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import bcrypt
import pytest
from starlette.types import Receive, Scope, Send

from exporter.web.access.admission import LARGEST_BODY, LARGEST_HEADER
from exporter.web.access.reload import Access
from exporter.web.server.default_headers import with_defaults
from tests.support.installation import Installation, opened
from tests.web.answering import LAST, PATIENT
from tests.web.serving import Served, served

NOSNIFF = (b"x-content-type-options", b"nosniff")
NO_STORE = (b"cache-control", b"no-store")


def asked(line: str, more: str = "") -> bytes:
    return f"{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    installation = Installation(tmp_path_factory.mktemp("installation"))
    with opened(installation), served(installation.app, limits=PATIENT) as server:
        yield server


def answer(server: Served, sent: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Send bytes, and return the status and headers of the only answer."""
    head = b""
    with closing(server.connect()) as connection:
        connection.sendall(sent)
        while b"\r\n\r\n" not in head and (piece := connection.recv(65536)):
            head += piece
    status, *lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    return int(status.split()[1]), [(name.lower(), value.strip()) for name, _, value in pairs]


ANSWERS = [
    pytest.param(asked("GET /metrics"), 200, id="metrics"),
    pytest.param(asked("HEAD /metrics"), 200, id="head"),
    pytest.param(asked("GET /metrics", "Accept-Encoding: gzip\r\n"), 200, id="packed"),
    pytest.param(asked("GET /"), 200, id="page"),
    pytest.param(asked("GET /probe?target=1"), 200, id="probe"),
    pytest.param(asked("GET /probe"), 400, id="no probe"),
    pytest.param(asked("GET /probe", "Sec-Fetch-Site: cross-site\r\n"), 403, id="another site"),
    pytest.param(asked("GET /-/healthy"), 200, id="healthy"),
    pytest.param(asked("GET /-/ready"), 200, id="ready"),
    pytest.param(asked("POST /-/reload"), 200, id="reload"),
    pytest.param(asked("GET /missing"), 404, id="missing"),
    pytest.param(asked("POST /"), 405, id="another method"),
    pytest.param(asked("OPTIONS *"), 404, id="options"),
    pytest.param(
        asked("POST /", f"Content-Length: {LARGEST_BODY + 1}\r\n"), 413, id="a large body"
    ),
    pytest.param(asked("GET /", "X: " + "x" * LARGEST_HEADER), 431, id="a large header"),
    pytest.param(
        asked("POST /", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400, id="two ends"
    ),
    pytest.param(b"nonsense\r\n\r\n", 400, id="no HTTP"),
    pytest.param(b"GET /" + b"x" * 2 * LARGEST_HEADER, 431, id="no end"),
]


@pytest.mark.parametrize(("sent", "status"), ANSWERS)
def test_every_answer_is_of_its_own_type_and_in_no_cache(
    server: Served, sent: bytes, status: int
) -> None:
    got, headers = answer(server, sent)
    assert got == status
    assert headers.count(NOSNIFF) == headers.count(NO_STORE) == 1


async def failing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Fail with a bug."""
    raise ZeroDivisionError


def test_so_is_one_that_uvicorn_gives_for_an_application_that_fails() -> None:
    with served(failing, limits=PATIENT) as server:
        status, headers = answer(server, LAST)
    assert status == 500
    assert {NOSNIFF, NO_STORE} <= set(headers)


def test_so_is_one_to_a_stranger_and_a_configured_header_is_there_once(
    installation: Installation, tmp_path: Path
) -> None:
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    file = tmp_path / "web.yml"
    file.write_text(
        f"basic_auth_users: {{prometheus: {hashed}}}\n"
        "http_server_config: {headers: {X-Content-Type-Options: nosniff}}\n",
        encoding="ascii",
    )
    with served(installation.app, Access(file), PATIENT) as server:
        status, headers = answer(server, LAST)
    assert status == 401
    assert headers.count(NOSNIFF) == headers.count(NO_STORE) == 1


def test_an_answers_own_header_stays() -> None:
    own = (b"cache-control", b"private")
    assert with_defaults([own]) == [own, NOSNIFF]
