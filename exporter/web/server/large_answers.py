"""Answers as the client takes them: in gzip or inflated, and the large ones in pieces.

Each connection buffers one piece; all share the whole body.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import takewhile

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from zlib_ng import zlib_ng

from exporter.exposition.negotiation import accepts_gzip
from exporter.web.server.connections import Connection, Connections

PIECE = 64 * 1024
"""Bytes of a piece. The next piece follows when the client has taken the last one."""

INFLATED_PIECE = 32 * 1024
"""Bytes of an inflated piece. For a client that takes nothing, three of them wait."""

_STEP = 2 * 1024
"""Bytes that are inflated at once; an exposition grows sixteenfold."""

_GZIP = zlib_ng.MAX_WBITS | 16
"""The `wbits` value by which zlib reads gzip's format."""


class InPieces:
    """An ASGI application that sends the answers of another one in pieces.

    Answers in gzip come whole. It inflates them for a client that does not accept gzip, until the
    client goes. While it sends a large body, it counts the body on the connection. The protocol
    puts connection and client (`peer`) into the request's state.
    """

    def __init__(self, app: ASGIApp, connections: Connections) -> None:
        self._app = app
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and send the answer."""
        connection: Connection = scope["state"]["connection"]
        gone: asyncio.Future[None] = scope["state"]["peer"].gone
        start: Message | None = None

        async def take(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body = message.get("body", b"")
            pieces: Iterable[bytes | memoryview] = _cut(body, PIECE)
            if start is not None:
                if _is_unwanted_gzip(scope, start):
                    _describe_inflated(start, body)
                    pieces = () if scope["method"] == "HEAD" else _inflated(body)
                await send(start)
                start = None
            if len(body) > PIECE:
                self._connections.start_body(connection, body)
            try:
                await _send(send, message, takewhile(lambda _: not gone.done(), pieces))
            finally:
                connection.body = b""

        await self._app(scope, receive, take)


async def _send(send: Send, message: Message, pieces: Iterable[bytes | memoryview]) -> None:
    """Send a message's body in pieces, and let others have their turn after each.

    To send waits neither for a fast client nor for one that has gone.
    """
    last: bytes | memoryview = b""
    for piece in pieces:
        if last:
            await send({**message, "body": last, "more_body": True})
            await asyncio.sleep(0)
        last = piece
    await send({**message, "body": last})


def _is_unwanted_gzip(scope: Scope, start: Message) -> bool:
    if Headers(raw=start["headers"]).get("content-encoding") != "gzip":
        return False
    return not accepts_gzip(Headers(scope=scope).get("accept-encoding", ""))


def _describe_inflated(start: Message, body: bytes) -> None:
    """Let the head of an answer describe the inflated body.

    The last four bytes in gzip are the length of the text, the least significant first (RFC 1952).
    """
    headers = MutableHeaders(raw=start["headers"])
    del headers["content-encoding"]
    headers["content-length"] = str(int.from_bytes(body[-4:], "little"))


def _cut(body: bytes, size: int) -> Iterator[memoryview]:
    whole = memoryview(body)
    for begin in range(0, len(body), size):
        yield whole[begin : begin + size]


def _inflated(body: bytes) -> Iterator[bytes]:
    stream = zlib_ng.decompressobj(_GZIP)
    for step in _cut(body, _STEP):
        piece = stream.decompress(step, INFLATED_PIECE)
        while piece:
            yield piece
            piece = stream.decompress(stream.unconsumed_tail, INFLATED_PIECE)
