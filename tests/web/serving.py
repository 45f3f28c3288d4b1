"""The server in a thread of the test's own, with its clients and certificates."""

import asyncio
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import trustme
from starlette.types import ASGIApp

from exporter.web.access.reload import Access
from exporter.web.server.address import Address, UnixAddress, bound_address
from exporter.web.server.connections import Limits
from exporter.web.server.listening import listening
from exporter.web.server.server import make_server
from tests.support.asgi import Answer
from tests.support.program import PATIENCE


class Served(NamedTuple):
    """Where the server listens."""

    host: str
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(self, timeout=PATIENCE)

    def ask(
        self,
        path: str = "/",
        headers: Mapping[str, str] | None = None,
        context: ssl.SSLContext | None = None,
        method: str = "GET",
    ) -> Answer:
        return ask(self, path, headers, context, method)


def ask(
    address: tuple[str, int],
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    context: ssl.SSLContext | None = None,
    method: str = "GET",
) -> Answer:
    """Return the answer to one request on a new connection; with a context, over TLS."""
    host, port = address
    connection = (
        http.client.HTTPConnection(host, port, timeout=PATIENCE)
        if context is None
        else http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
    )
    with closing(connection):
        connection.request(method, path, headers=dict(headers or {}))
        response = connection.getresponse()
        fields = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, fields, response.read())


class FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock runs ten times as fast."""

    def time(self) -> float:
        return super().time() * 10


@contextmanager
def served(
    app: ASGIApp,
    access: Access | None = None,
    limits: Limits | None = None,
    loop: type[asyncio.SelectorEventLoop] = asyncio.SelectorEventLoop,
) -> Iterator[Served]:
    """Serve an application on a free loopback port."""
    address = Address("127.0.0.1", 0)
    with served_at(address, app, access or Access(), limits or Limits(), loop) as [host, port]:
        yield Served(host, port)


@contextmanager
def served_at(
    address: Address | UnixAddress,
    app: ASGIApp,
    access: Access,
    limits: Limits,
    loop: type[asyncio.SelectorEventLoop] = asyncio.SelectorEventLoop,
) -> Iterator[Address | UnixAddress]:
    """Serve an application at an address; return the real one."""
    server = make_server(app, access, limits)

    def serve(sock: socket.socket) -> None:
        with asyncio.Runner(loop_factory=loop) as runner:
            runner.run(server.serve([sock]))

    with listening([address]) as [sock]:
        real = bound_address(sock)
        thread = threading.Thread(target=serve, args=(sock,))
        thread.start()
        try:
            yield real
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
    assert not thread.is_alive()


class Certificates:
    """A CA, and the certificates that it has signed, as files in a folder."""

    def __init__(self, folder: Path, name: str = "ca.crt") -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(str(folder / name))

    def write(self, name: str, *identities: str, by: trustme.CA | None = None) -> None:
        """Write a new certificate as `name.crt` and its key as `name.key`.

        Each replaces an existing file in one step.
        """
        issued = (by or self.authority).issue_cert(*identities)
        chain = b"".join(pem.bytes() for pem in issued.cert_chain_pems)
        for kind, pem in (("key", issued.private_key_pem.bytes()), ("crt", chain)):
            fresh = self.folder / f"{name}.{kind}.new"
            fresh.write_bytes(pem)
            fresh.replace(self.folder / f"{name}.{kind}")

    def trusting(self, name: str | None = None) -> ssl.SSLContext:
        """Return a client's context that trusts the CA; with `name`, it has that certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if name is not None:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context


def closed_by_the_other_side(connection: socket.socket) -> bool:
    """Wait until the other side ends the connection; ignore what it sends before that."""
    connection.settimeout(PATIENCE)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True
