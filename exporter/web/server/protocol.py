"""HTTP on one connection, with a limit to everything that a client can draw out.

uvicorn's own protocol has no limit for a body. It never drops a connection whose request does not
come to an end, nor one whose client does not take its answer. This one does.

It also begins TLS by itself. asyncio's TLS server reports a connection only after the handshake, so
a connection that hangs in the handshake could be neither counted nor dropped. `loop.start_tls`
begins with a known connection, and with the certificate in force at that moment.

uvicorn takes the class by its public setting `http`. The class also relies on parts that are not
public but that all of uvicorn's protocols share: `conn` (h11's state), `cycle` (the request under
way) and the methods overridden here.
"""

import asyncio
import math
import ssl
import traceback
from http import HTTPStatus
from typing import Any

import h11
import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from exporter.web.access.admission import LARGEST_BODY, LARGEST_HEADER
from exporter.web.access.peer import Peer
from exporter.web.access.reload import Access
from exporter.web.server.connections import Connection, Connections, Doing
from exporter.web.server.default_headers import H11WithDefaults
from exporter.web.server.wire import SocketWire

log = structlog.get_logger()

LARGEST_REQUEST = 2 * LARGEST_HEADER + LARGEST_BODY
"""Bytes of a whole request. The framing of a body's chunks may be as large as the header."""

READ_AT_ONCE = 4096
"""Bytes handled at a time, so that the limits hold for a request that comes in one go too."""


class HttpProtocol(H11Protocol):
    """HTTP on one connection, from its first byte to its last."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
        access: Access,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = H11WithDefaults(h11.SERVER, LARGEST_HEADER)
        self._all_connections = connections
        self._access = access
        self._wire: SocketWire
        self._connection: Connection
        self._peer: Peer
        self._handshake: asyncio.Task[None] | None = None  # the loop alone keeps no task alive
        self._early = b""  # bytes that came with the end of the handshake
        self._received = 0  # bytes of the request that is coming

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and begin TLS or HTTP; only a restart changes which."""
        is_plain = self._access.context is None
        doing = Doing.REQUEST if is_plain else Doing.HANDSHAKE
        address = str((transport.get_extra_info("peername") or [""])[0])
        self._wire = SocketWire(transport)
        self._peer = Peer(self._wire.abort, self.loop.create_future(), self._wire.is_gone)
        self._connection = Connection(self._wire, address, doing, self.loop.time())
        self.app_state = {**self.app_state, "connection": self._connection, "peer": self._peer}
        transport.set_write_buffer_limits(high=1)  # at most one piece waits here
        self._all_connections.add(self._connection)
        self.connections.add(self)
        if is_plain:
            super().connection_made(transport)
        else:
            transport.pause_reading()
            self._handshake = self.loop.create_task(self._secure(transport))

    async def _secure(self, transport: asyncio.Transport) -> None:
        """Shake hands by the files as they stand; begin HTTP with a client that may come in."""
        await self._access.reread()
        context, self._peer.client_cas = self._access.context, self._access.client_cas
        secured, problem = await self._shake_hands(transport, context)
        if secured is not None:
            self._peer.certificate = secured.get_extra_info("peercert")
            if not self._access.admits(self._peer):
                secured, problem = None, "its certificate is not allowed"
        if secured is None:
            log.debug("TLS handshake failed", client=self._connection.address, error=problem)
            transport.abort()
            self._forget()
        else:
            self._begin_over_tls(secured)

    async def _shake_hands(
        self, transport: asyncio.Transport, context: ssl.SSLContext | None
    ) -> tuple[asyncio.Transport | None, str]:
        """Return the transport of TLS; or None, with the problem.

        asyncio's timeout for the end of TLS would also cut off an answer that is still being taken.
        So it is infinite here, and `Limits` has a limit for each.
        """
        problem = "it ended"
        try:
            if context is not None and not transport.is_closing():  # it may have been displaced
                secured = await self.loop.start_tls(
                    transport, self, context, server_side=True, ssl_shutdown_timeout=math.inf
                )
                return secured, problem
        except OSError as error:
            problem = str(error) or problem
            traceback.clear_frames(error.__traceback__)  # they and the error hold one another
        return None, problem

    def _begin_over_tls(self, secured: asyncio.Transport) -> None:
        self._wire.secure(secured)
        secured.set_write_buffer_limits(high=1)
        super().connection_made(secured)
        self._connection.does(Doing.REQUEST, self.loop.time())
        if self._early:  # empty data would tell h11 that the client has ended
            self.data_received(self._early)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection at once: the buffers of its TLS hold a quarter of a MiB.

        After a reset, uvicorn would keep the timer of a kept connection, and with it the
        connection, until the timer runs out.
        """
        self._forget()
        self._peer.mark_gone()
        if self._has_http_begun():
            super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def _forget(self) -> None:
        self._all_connections.remove(self._connection)
        self.connections.discard(self)

    def _has_http_begun(self) -> bool:
        """Tell whether HTTP has begun; before that uvicorn has no transport."""
        return self.transport is not None

    def shutdown(self) -> None:
        """End the connection with the server: now, or after the answer under way."""
        if not self._has_http_begun():
            self._wire.abort()
        elif not self.transport.is_closing():
            super().shutdown()

    def abort(self) -> None:
        """End the connection at once, even during an answer."""
        self._wire.abort()

    def data_received(self, data: bytes) -> None:
        """Handle data from the client; data that comes with the end of the handshake waits."""
        if not self._has_http_begun():
            self._early += data
            return
        for start in range(0, len(data), READ_AT_ONCE):
            if self.transport.is_closing():
                return
            piece = data[start : start + READ_AT_ONCE]
            self._received += len(piece)
            super().data_received(piece)
            self._note_doing()

    def resume_writing(self) -> None:
        """Go on with an answer, since the client took the part that was written."""
        self._connection.took_some(self.loop.time())
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._note_doing()

    def _note_doing(self) -> None:
        """Note what the connection is doing now. Drop it when its request is too large."""
        if self._is_receiving():
            self._connection.does(Doing.REQUEST, self.loop.time())
            if self._received > LARGEST_REQUEST:
                self._wire.abort()
            return
        self._received = 0
        answering = self._has_had_request() and not self.cycle.response_complete
        self._connection.does(Doing.ANSWER if answering else Doing.NOTHING, self.loop.time())

    def _has_had_request(self) -> bool:
        """Tell whether a request has come; before the first one uvicorn has no cycle."""
        return self.cycle is not None

    def _is_receiving(self) -> bool:
        """Tell whether a request has begun to come, or a new connection still owes its first."""
        if self.conn.their_state is h11.IDLE:
            return not self._has_had_request() or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def send_400_response(self, msg: str) -> None:
        """Refuse data that is no request; once an answer has begun, only close the connection."""
        log.debug("no request", client=self._connection.address, error=msg)
        if self.conn.our_state is not h11.IDLE:
            self._wire.abort()
        elif len(self.conn.trailing_data[0]) > LARGEST_HEADER:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _refuse(self, status: HTTPStatus) -> None:
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
        reason = status.phrase.encode()
        for event in (
            h11.Response(status_code=status, headers=headers, reason=reason),
            h11.Data(data=reason + b"\n"),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
