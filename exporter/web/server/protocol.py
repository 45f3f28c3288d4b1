"""HTTP on one connection, with an end to everything that the other side can draw out.

uvicorn's own protocol never drops a connection that has not sent a whole request, nor one that
does not take its answer, and has no limit for a body. This one does, and begins TLS by itself:
asyncio's TLS server tells of a connection only after the handshake, so one that hangs in it could
be neither counted nor dropped. `loop.start_tls` begins with a connection that is known, and with
the certificate that is in force at that moment.

uvicorn takes the class by its public setting `http`. Not public, but what every protocol of its
is made of: `conn`, h11's state, `cycle`, the request under way, and the methods overridden here.
"""

import asyncio
import math
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
from exporter.web.server.headers import UsualHeaders
from exporter.web.server.wire import Wire

log = structlog.get_logger()

LARGEST_REQUEST = 2 * LARGEST_HEADER + LARGEST_BODY
"""Bytes of a whole request; as many as of the header may be around a body's chunks."""

PIECE = 4096
"""Bytes that are taken in at a time: what came in one go is bounded as what comes slowly."""


class HttpProtocol(H11Protocol):
    """A connection from its first byte to its last."""

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
        self.conn = UsualHeaders(h11.SERVER, LARGEST_HEADER)
        self._all = connections
        self._access = access
        self._wire: Wire
        self._this: Connection
        self._peer: Peer
        self._handshake: asyncio.Task[None] | None = None
        self._early = b""
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, and begin with TLS or HTTP, which a restart alone changes."""
        is_plain = self._access.context is None
        doing = Doing.REQUEST if is_plain else Doing.HANDSHAKE
        address = str((transport.get_extra_info("peername") or [""])[0])
        self._wire = Wire(transport)
        self._peer = Peer(self._wire.abort, self.loop.create_future(), self._wire.is_lost)
        self._this = Connection(self._wire, address, doing, self.loop.time())
        self.app_state = {**self.app_state, "connection": self._this, "peer": self._peer}
        transport.set_write_buffer_limits(high=1)  # besides a piece nothing waits here
        self._all.add(self._this)
        self.connections.add(self)
        if is_plain:
            super().connection_made(transport)
        else:
            transport.pause_reading()
            self._handshake = self.loop.create_task(self._secure(transport))

    async def _secure(self, transport: asyncio.Transport) -> None:
        """Shake hands by the files as they are now, and begin with HTTP when the other may come in.

        asyncio's time for the end of TLS would also be that for an answer that is still taken; the
        limits have one for each.
        """
        await self._access.reread()
        context, self._peer.authority = self._access.context, self._access.authority
        secured, problem = None, "it ended"
        try:
            if context is not None and not transport.is_closing():  # it may have had to make room
                secured = await self.loop.start_tls(
                    transport, self, context, server_side=True, ssl_shutdown_timeout=math.inf
                )
        except OSError as error:
            problem = str(error) or problem
            traceback.clear_frames(error.__traceback__)  # they and the error hold one another
        if secured is not None:
            self._peer.certificate = secured.get_extra_info("peercert")
            if not self._access.admits(self._peer):
                secured, problem = None, "its certificate is not allowed"
        if secured is None:
            log.debug("TLS handshake failed", client=self._this.address, error=problem)
            transport.abort()
            self._forget()
            return
        self._wire.secure(secured)
        secured.set_write_buffer_limits(high=1)
        super().connection_made(secured)
        self._this.does(Doing.REQUEST, self.loop.time())
        if self._early:  # nothing at all would be h11's sign of the end
            self.data_received(self._early)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, at once and without a trace: TLS holds a quarter of a MiB of it.

        uvicorn leaves the timer of a kept connection, which holds it, to run out after a reset.
        """
        self._forget()
        self._peer.has_gone()
        if self._is_open():
            super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def _forget(self) -> None:
        self._all.remove(self._this)
        self.connections.discard(self)

    def _is_open(self) -> bool:
        """Tell whether HTTP has begun; uvicorn has no transport before."""
        return self.transport is not None

    def shutdown(self) -> None:
        """End it for the server's sake: now, or when the request under way is answered."""
        if not self._is_open():
            self._wire.abort()
        elif not self.transport.is_closing():
            super().shutdown()

    def abort(self) -> None:
        """End it at once, whatever was being answered."""
        self._wire.abort()

    def data_received(self, data: bytes) -> None:
        """Take in what came; what comes with the last of the handshake has to wait for its end."""
        if not self._is_open():
            self._early += data
            return
        for start in range(0, len(data), PIECE):
            if self.transport.is_closing():
                return
            piece = data[start : start + PIECE]
            self._received += len(piece)
            super().data_received(piece)
            self._note()

    def resume_writing(self) -> None:
        """Go on with an answer: the other side took what was written of it."""
        self._this.took_some(self.loop.time())
        super().resume_writing()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._note()

    def _note(self) -> None:
        """Note what the connection does now. Drop one whose request is too large."""
        if self._is_receiving():
            self._this.does(Doing.REQUEST, self.loop.time())
            if self._received > LARGEST_REQUEST:
                self._wire.abort()
            return
        self._received = 0
        answering = self._has_begun() and not self.cycle.response_complete
        self._this.does(Doing.ANSWER if answering else Doing.NOTHING, self.loop.time())

    def _has_begun(self) -> bool:
        """Tell whether there was a request at all; uvicorn has no cycle before."""
        return self.cycle is not None

    def _is_receiving(self) -> bool:
        """Tell whether a request has begun, or is waited for on a new connection."""
        if self.conn.their_state is h11.IDLE:
            return not self._has_begun() or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request; nothing can be said once an answer has begun."""
        log.debug("no request", client=self._this.address, error=msg)
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
