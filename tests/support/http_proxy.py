"""A proxy on loopback that leads every name to one port, or answers by a script."""

import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from tests.support.program import PATIENCE
from tests.support.secure_api import SecureServer, running


class Asked(NamedTuple):
    """A request to the proxy: `CONNECT` or another method, its target, and its authorization."""

    method: str
    target: str
    authorization: str | None


class HttpProxy(SecureServer):
    """A proxy that leads to the port `to`, whatever name is asked for.

    `refuses_with` is the status of every answer; None: it lets through. `asked` has the requests.
    """

    def __init__(self, to: int, refuses_with: int | None, context: ssl.SSLContext | None) -> None:
        super().__init__(_Handler)
        self.to = to
        self.refuses_with = refuses_with
        self.context = context
        self.asked: list[Asked] = []


class _Handler(BaseHTTPRequestHandler):
    server: HttpProxy

    def _refused(self) -> bool:
        authorization = self.headers["Proxy-Authorization"]
        self.server.asked.append(Asked(self.command, self.path, authorization))
        if self.server.refuses_with is None:
            return False
        self.send_response(self.server.refuses_with)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return True

    def do_CONNECT(self) -> None:
        if self._refused():
            return
        with socket.create_connection(("127.0.0.1", self.server.to), PATIENCE) as api:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, api)

    def do_GET(self) -> None:
        if self._refused():
            return
        api = HTTPConnection("127.0.0.1", self.server.to, timeout=PATIENCE)
        api.request("GET", self.path)
        answer = api.getresponse()
        body = answer.read()
        api.close()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Log nothing."""


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Pass on bytes in both directions until one side closes."""
    with selectors.DefaultSelector() as selector, suppress(OSError):
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select(PATIENCE):
                source = one if key.data is other else other
                received = source.recv(65536)
                if not received:
                    return
                key.data.sendall(received)
                while isinstance(source, ssl.SSLSocket) and source.pending():
                    key.data.sendall(source.recv(65536))


@contextmanager
def http_proxy(
    to: int = 9, *, refuses_with: int | None = None, context: ssl.SSLContext | None = None
) -> Iterator[HttpProxy]:
    """Run a proxy on a free loopback port; with a context, TLS leads to it."""
    server = HttpProxy(to, refuses_with, context)
    with running(server):
        yield server
