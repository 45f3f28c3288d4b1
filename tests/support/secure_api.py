"""An API with TLS, and certificates for it, for its clients and for whoever pretends to be it."""

import json
import math
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import trustme

from tests.support.program import PATIENCE

DOCUMENT = json.loads(
    (Path(__file__).parents[1] / "data" / "service_job_200.json").read_text(encoding="utf-8")
)


class Certificates:
    """A CA whose certificate is the file `ca.crt` in a folder, and what it signs."""

    def __init__(self, folder: Path, name: str = "ca.crt") -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.ca_file = folder / name
        self.authority.cert_pem.write_to_path(str(self.ca_file))

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """Return the context of a server with these names, by default those of this machine."""
        ends = {"not_after": datetime(2020, 1, 2, tzinfo=UTC)} if expired else {}
        starts = {"not_before": datetime(2020, 1, 1, tzinfo=UTC)} if expired else {}
        issued = self.authority.issue_cert(*(names or ("localhost", "127.0.0.1")), **starts, **ends)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        return context

    def demanding(self, clients: "Certificates") -> ssl.SSLContext:
        """Return the context of a server that demands a certificate by the CA of `clients`."""
        context = self.server()
        context.verify_mode = ssl.CERT_REQUIRED
        clients.authority.configure_trust(context)
        return context

    def write(self, name: str) -> None:
        """Write a new certificate as `name.crt` and its key as `name.key`."""
        issued = self.authority.issue_cert(f"{name}@example.org")
        chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
        (self.folder / f"{name}.crt").write_bytes(chain)
        (self.folder / f"{name}.key").write_bytes(issued.private_key_pem.bytes())


class SecureServer(ThreadingHTTPServer):
    """A server on a free loopback port; with a context it speaks TLS."""

    context: ssl.SSLContext | None = None

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)

    @property
    def port(self) -> int:
        """The port."""
        return int(self.server_address[1])

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Make the handshake in the thread of the connection, and answer."""
        request.settimeout(PATIENCE)
        if self.context is None:
            super().finish_request(request, client_address)
            return
        secure = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        try:
            secure.do_handshake()
        except OSError:
            _read_to_the_end(socket.socket(fileno=secure.detach()))
            return
        with secure:
            super().finish_request(secure, client_address)


def _read_to_the_end(connection: socket.socket) -> None:
    """Let the other side read the alert: closing a connection with unread bytes would reset it."""
    with connection, suppress(OSError):
        connection.settimeout(PATIENCE)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1024):
            pass


@contextmanager
def running(server: SecureServer) -> Iterator[None]:
    """Answer in threads until the end of the block."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class SecureApi(SecureServer):
    """An API that knows every job. `served` has the requests: path, headers and certificate.

    It ends each connection, without an answer, when more than `most` requests come on it.
    """

    def __init__(self, context: ssl.SSLContext | None) -> None:
        super().__init__(_ApiHandler)
        self.context = context
        self.served: list[Served] = []
        self.most = math.inf


class Served(NamedTuple):
    """A request; `certificate` is the client's, empty without one."""

    path: str
    headers: Message
    certificate: Mapping[str, Any]
    connection: int


class _ApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SecureApi

    def do_GET(self) -> None:
        tls = self.connection
        certificate = tls.getpeercert() if isinstance(tls, ssl.SSLSocket) else None
        served = Served(self.path, self.headers, certificate or {}, self.client_address[1])
        self.server.served.append(served)
        ports = [one.connection for one in self.server.served]
        if ports.count(served.connection) > self.server.most:
            self.close_connection = True
            return
        document = DOCUMENT | {"id": int(self.path.rpartition("/")[2])}
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


@contextmanager
def secure_api(context: ssl.SSLContext | None) -> Iterator[SecureApi]:
    """Serve every job on a free loopback port, with TLS if there is a context."""
    server = SecureApi(context)
    with running(server):
        yield server
