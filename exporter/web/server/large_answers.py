"""Large answers, sent in pieces. Each connection buffers one piece; all share the whole body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.server.connections import Connection, Connections

PIECE = 16 * 1024
"""Bytes of a piece. The next piece follows when the client has taken the last one."""


class InPieces:
    """An ASGI application that sends the large answers of another one in pieces.

    While it sends a body, it counts the body on the connection, which the protocol puts into the
    request's state.
    """

    def __init__(self, app: ASGIApp, connections: Connections) -> None:
        self._app = app
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and send the answer in pieces."""
        connection: Connection = scope["state"]["connection"]

        async def send_in_pieces(message: Message) -> None:
            body = message.get("body", b"")
            if len(body) <= PIECE:
                await send(message)
                return
            self._connections.start_body(connection, body)
            try:
                await _send(send, message, memoryview(body))
            finally:
                connection.body = b""

        await self._app(scope, receive, send_in_pieces)


async def _send(send: Send, message: Message, body: memoryview) -> None:
    last = len(body) - 1 - (len(body) - 1) % PIECE
    for start in range(0, last, PIECE):
        await send({**message, "body": body[start : start + PIECE], "more_body": True})
    await send({**message, "body": body[last:]})
