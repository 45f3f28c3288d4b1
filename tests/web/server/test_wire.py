"""The bytes of an answer that a client has not taken, over real sockets of every kind."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
import trustme

from exporter.web.server.connections import Connection, Doing, Limits
from exporter.web.server.wire import SocketWire
from tests.support.program import PATIENCE

SIZE = 16 * 1024 * 1024
"""Bytes of an answer; more than the buffers of any system hold."""

ROOM = 64 * 1024
"""Bytes of the client's receive buffer."""


class Ends(NamedTuple):
    """Both ends of one connection."""

    transport: asyncio.Transport
    wire: SocketWire
    reader: asyncio.StreamReader
    client: asyncio.StreamWriter


class Kind(NamedTuple):
    """A kind of connection: where to listen, and how both sides begin TLS."""

    family: socket.AddressFamily
    listens: str | tuple[str, int]
    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None


TCP = Kind(socket.AF_INET, ("127.0.0.1", 0))
UNIX = Kind(socket.AF_UNIX, "")  # the system chooses a name in no folder


@pytest.fixture(scope="module", params=["plain", "TLS", "unix"])
def kind(request: pytest.FixtureRequest) -> Kind:
    if request.param != "TLS":
        return UNIX if request.param == "unix" else TCP
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return TCP._replace(server=server, client=client)


@asynccontextmanager
async def connected(kind: Kind) -> AsyncIterator[Ends]:
    """Connect a client with small buffers; the server begins TLS as `protocol` does."""
    loop = asyncio.get_running_loop()
    accepted: asyncio.Future[asyncio.Transport] = loop.create_future()

    class Accepting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            if not accepted.done():
                assert isinstance(transport, asyncio.Transport)
                if kind.server is not None:
                    transport.pause_reading()
                accepted.set_result(transport)

    listener = socket.socket(kind.family)
    listener.bind(kind.listens)
    server = await loop.create_server(Accepting, sock=listener)
    client = socket.socket(kind.family)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    client.settimeout(0)
    await loop.sock_connect(client, listener.getsockname())
    name = None if kind.client is None else "localhost"
    opened = asyncio.ensure_future(
        asyncio.open_connection(sock=client, ssl=kind.client, server_hostname=name, limit=ROOM // 2)
    )
    transport = await accepted
    wire = SocketWire(transport)
    if kind.server is not None:
        protocol = transport.get_protocol()
        top = await loop.start_tls(transport, protocol, kind.server, server_side=True)
        assert top is not None
        wire.secure(top)
        transport = top
    reader, writer = await opened
    try:
        yield Ends(transport, wire, reader, writer)
    finally:
        writer.transport.abort()
        wire.abort()
        server.close()


def test_what_the_system_holds_is_not_taken(kind: Kind) -> None:
    async def hold() -> None:
        async with connected(kind) as ends:
            size = 8 * ROOM
            ends.transport.write(bytes(size))
            assert ends.wire.unsent() > ends.transport.get_write_buffer_size()
            await ends.reader.readexactly(size)
            for _ in iter(ends.wire.unsent, 0):
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(hold(), PATIENCE))


def test_a_reader_that_is_slow_and_steady_is_never_overdue(kind: Kind) -> None:
    limits = Limits()

    async def read() -> int:
        measured, taken = 0, 0
        async with connected(kind) as ends:
            connection = Connection(ends.wire, "127.0.0.1", Doing.NOTHING, 0.0)
            ends.transport.write(bytes(SIZE))
            while taken < SIZE:
                connection.measure(measured * limits.answer)
                assert not connection.is_overdue(limits, measured * limits.answer)
                measured += 1
                while ends.wire.unsent() >= connection.unsent and taken < SIZE:
                    taken += len(await ends.reader.read(ROOM))
        return measured

    measured = asyncio.run(asyncio.wait_for(read(), PATIENCE))
    assert measured > SIZE / ROOM / 8, "each measurement soon sees that some was taken"


def test_nothing_waits_on_a_wire_that_is_closed(kind: Kind) -> None:
    async def close() -> int:
        async with connected(kind) as ends:
            ends.transport.write(bytes(SIZE))
            sock = ends.transport.get_extra_info("socket")
            ends.wire.abort()
            for _ in iter(sock.fileno, -1):
                await asyncio.sleep(0)
            assert ends.wire.is_closing()
            return ends.wire.unsent()

    assert asyncio.run(asyncio.wait_for(close(), PATIENCE)) == 0


def test_a_client_that_has_gone_is_known_while_nothing_is_read_from_it(kind: Kind) -> None:
    async def leave() -> None:
        async with connected(kind) as ends:
            ends.transport.pause_reading()
            assert not ends.wire.is_gone()
            ends.client.transport.abort()
            while not ends.wire.is_gone():  # noqa: ASYNC110  the system reports nothing
                await asyncio.sleep(0)

    asyncio.run(asyncio.wait_for(leave(), PATIENCE))
