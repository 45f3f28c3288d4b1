"""HTTP on one connection, with a limit for everything that a client can prolong.

uvicorn's own protocol has no limit for a body. It never drops a connection whose request does not
end, or whose client does not take its answer. This protocol does.

This protocol also starts TLS itself. asyncio's TLS server reports a connection only after the
handshake, so a connection that hangs in the handshake could be neither counted nor dropped.
`loop.start_tls` starts from a known connection, with the certificate in force at that moment.

uvicorn accepts the class by its public setting `http`. The class also relies on parts that are not
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
from exporter.web.access.peer import Peer, address_of
from exporter.web.access.reload import Access
from exporter.web.server.connections import Connection, Connections, Doing
from exporter.web.server.default_headers import H11WithDefaults
from exporter.web.server.wire import SocketWire

log = structlog.get_logger()

LARGEST_REQUEST = 2 * LARGEST_HEADER + LARGEST_BODY
"""Most bytes of a whole request. The framing of a body's chunks may be as large as the header."""

READ_AT_ONCE = 4096
"""Bytes handled at a time, so that the limits hold even for a request that comes all at once."""


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
        self._handshake: asyncio.Task[None] | None = None  # the loop's own reference is weak
        self._early = b""  # bytes that came with the end of the handshake
        self._received = 0  # bytes of the present request so far

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and start TLS or HTTP; a reload never turns TLS on or off."""
        is_plain = self._access.context is None
        doing = Doing.REQUEST if is_plain else Doing.HANDSHAKE
        address = address_of(transport.get_extra_info("peername"))
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
        """Make the TLS handshake by the present files; start HTTP if the client is admitted."""
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
        """Return the TLS transport, or None with the problem.

        asyncio's timeout for the end of TLS would also cut off an answer that the client is still
        taking. So it is infinite here; `Limits` has one limit for the answer and one for the end.
        """
        problem = "the client closed the connection"
        try:
            # A newer connection may have displaced this one.
            if context is not None and not transport.is_closing():
                secured = await self.loop.start_tls(
                    transport, self, context, server_side=True, ssl_shutdown_timeout=math.inf
                )
                return secured, problem
        except OSError as error:
            problem = str(error) or problem
            traceback.clear_frames(error.__traceback__)  # the frames and the error form a cycle
        return None, problem

    def _begin_over_tls(self, secured: asyncio.Transport) -> None:
        self._wire.secure(secured)
        secured.set_write_buffer_limits(high=1)
        super().connection_made(secured)
        self._connection.does(Doing.REQUEST, self.loop.time())
        if self._early:  # h11 takes empty data for the end of the connection
            self.data_received(self._early)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection at once: its TLS buffers take a quarter of a MiB.

        After a reset, uvicorn would keep the keep-alive timer, and with the timer the connection,
        until the timer runs out.
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
        """Tell whether HTTP has begun. Before that, uvicorn has no transport."""
        return self.transport is not None

    def shutdown(self) -> None:
        """End the connection because the server stops: now, or after the answer under way."""
        if not self._has_http_begun():
            self._wire.abort()
        elif not self.transport.is_closing():
            super().shutdown()

    def abort(self) -> None:
        """End the connection at once, even during an answer."""
        self._wire.abort()

    def data_received(self, data: bytes) -> None:
        """Handle data from the client; keep data that comes with the end of the handshake."""
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
        """Go on with an answer: the client has taken the part that was written."""
        self._connection.took_some(self.loop.time())
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._note_doing()

    def _note_doing(self) -> None:
        """Note what the connection is doing now. Drop it if its request is too large."""
        if self._is_receiving():
            self._connection.does(Doing.REQUEST, self.loop.time())
            if self._received > LARGEST_REQUEST:
                self._wire.abort()
            return
        self._received = 0
        answering = self._has_had_request() and not self.cycle.response_complete
        self._connection.does(Doing.ANSWER if answering else Doing.NOTHING, self.loop.time())

    def _has_had_request(self) -> bool:
        """Tell whether a request has come. Before the first one, uvicorn has no cycle."""
        return self.cycle is not None

    def _is_receiving(self) -> bool:
        """Tell whether a request is arriving, or a new connection has not sent its first yet."""
        if self.conn.their_state is h11.IDLE:
            return not self._has_had_request() or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request; if an answer has begun, only close the connection."""
        log.debug("malformed request", client=self._connection.address, error=msg)
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
