"""HTTP connections to an address as the log says it: a host and a port, or a Unix socket."""

import socket
import ssl
from http.client import HTTPConnection


class UnixConnection(HTTPConnection):
    """An HTTP connection to a Unix socket, with TLS if there is a context."""

    def __init__(self, path: str, timeout: float, context: ssl.SSLContext | None = None) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path
        self._context = context

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def connection_to(address: str, timeout: float) -> HTTPConnection:
    """Return a connection, not yet made, to `127.0.0.1:1`, `[::1]:1` or `unix:/path`."""
    if address.startswith("unix:/"):
        return UnixConnection(address.removeprefix("unix:"), timeout)
    host, _, port = address.rpartition(":")
    return HTTPConnection(host.strip("[]"), int(port), timeout=timeout)
