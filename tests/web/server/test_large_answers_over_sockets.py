"""How much of an answer a client gets that takes nothing, plain and over TLS."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from exporter.web.access.reload import Access
from exporter.web.server.connections import Limits
from tests.support.program import PATIENCE
from tests.web.serving import Certificates, ask, served

PATIENT = Limits(handshake=PATIENCE, request=PATIENCE, answer=2 * PATIENCE)
HASTY = PATIENT._replace(answer=0.2, sweep=0.05)
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
PIECES = 64
LARGE = 64 * 1024


class Endless:
    """An application that sends pieces until the server drops its client."""

    def __init__(self) -> None:
        self.handed = 0
        self.ended = threading.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(PIECES):
            await send({"type": "http.response.body", "body": bytes(LARGE), "more_body": True})
            if scope["state"]["peer"].gone.done():
                break
            self.handed += 1
        self.ended.set()


@pytest.fixture(params=["plain", "TLS"])
def certificates(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Certificates | None]:
    if request.param == "plain":
        yield None
        return
    made = Certificates(tmp_path)
    made.write("server", "localhost")
    (tmp_path / "web.yml").write_text(TLS, encoding="utf-8")
    yield made


def connect(address: tuple[str, int], certificates: Certificates | None) -> socket.socket:
    """Connect with a socket that has a small receive buffer."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LARGE)
    connection.settimeout(PATIENCE)
    connection.connect(address)
    if certificates is None:
        return connection
    return certificates.trusting().wrap_socket(connection, server_hostname="localhost")


def test_a_client_that_takes_nothing_is_handed_a_few_pieces_and_no_more(
    certificates: Certificates | None,
) -> None:
    app = Endless()
    access = Access(certificates.folder / "web.yml") if certificates else Access()
    with (
        served(app, access, HASTY) as address,
        closing(connect(address, certificates)) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert app.ended.wait(PATIENCE)
        assert 0 < app.handed <= 6


async def until_some_is_taken(scope: Scope, _receive: Receive, send: Send) -> None:
    """Send to a client that seems stuck, until the server notices that it takes something."""
    connection = scope["state"]["connection"]
    connection.stuck_since = long_ago = -1.0
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(100 * PIECES):
        await send({"type": "http.response.body", "body": bytes(LARGE), "more_body": True})
        if connection.stuck_since != long_ago:
            break
    else:
        raise AssertionError
    await send({"type": "http.response.body"})


def test_a_client_is_known_to_take_some_by_each_piece_that_it_takes(
    certificates: Certificates | None,
) -> None:
    access = Access(certificates.folder / "web.yml") if certificates else Access()
    context = certificates.trusting() if certificates else None
    with served(until_some_is_taken, access, PATIENT._replace(sweep=2 * PATIENCE)) as address:
        assert len(ask(("localhost", address.port), context=context).body) < 100 * PIECES * LARGE
