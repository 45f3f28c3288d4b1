"""The application on uvicorn, and an end in time."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from exporter.scrape.collector import Collector
from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from exporter.web.server.connections import Connections, Limits
from exporter.web.server.listening import BACKLOG, bound_address
from exporter.web.server.outgoing import InPieces
from exporter.web.server.protocol import HttpProtocol

log = structlog.get_logger()

GRACE = 2.5
"""Seconds for answers that are under way when the program is told to end."""

ABORTING = 0.5
"""Seconds in which what was being answered then has to notice that nobody is there any more.

The log has a second more (`log_queue.END`), and all of it has 5 seconds.
"""

IDLE = 25
"""Seconds without a request after which a connection that was answered before is closed."""


class _Server(uvicorn.Server):
    """Leaves the signals to us: uvicorn raises them again at the end, so it would not exit 0.

    asyncio has one number for the queue of the system and for what is accepted in one go; the
    queue is made longer again afterwards.

    Where uvicorn would cancel what is under way and log a traceback for each, the connections are
    aborted before: a client that does not take its answer must not make the end look like a fault.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for sock in sockets or ():
            sock.listen(BACKLOG)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        late = asyncio.get_running_loop().call_later(GRACE, self._abort)
        try:
            await super().shutdown(sockets)
        finally:
            late.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            cast("HttpProtocol", connection).abort()


def make_server(app: ASGIApp, access: Access, limits: Limits) -> uvicorn.Server:
    """Return a server of the application, behind the web configuration and the limits."""
    connections = Connections(limits)
    protocol = partial(HttpProtocol, connections=connections, access=access)
    return _Server(
        uvicorn.Config(
            InPieces(Admission(app, access), connections),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            loop="asyncio",
            http=cast("type[asyncio.Protocol]", protocol),  # it calls whatever it is given
            ws="none",
            backlog=limits.accepted,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=cast("int", GRACE + ABORTING),  # it takes any number
        )
    )


async def serve(
    app: ASGIApp,
    collector: Collector,
    sockets: Sequence[socket.socket],
    access: Access,
    reload: Callable[[], Coroutine[Any, Any, object]],
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is being answered, within `GRACE` seconds.

    SIGHUP calls `reload`.
    """
    server = make_server(app, access, Limits())

    def stop(received: signal.Signals) -> None:
        log.info("stopping", signal=received.name)
        collector.stop()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop, one)
    reloads: set[asyncio.Task[object]] = set()  # the loop itself keeps none from being collected
    loop.add_signal_handler(signal.SIGHUP, lambda: _start(reload, reloads))
    for sock in sockets:
        log.info("listening", address=str(bound_address(sock)))
    await server.serve(sockets=list(sockets))
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.remove_signal_handler(one)
        signal.signal(one, signal.SIG_IGN)  # the end is near: another one must not change the code
    log.info("stopped")


def _start(
    reload: Callable[[], Coroutine[Any, Any, object]], reloads: set[asyncio.Task[object]]
) -> None:
    task = asyncio.ensure_future(reload())
    reloads.add(task)
    task.add_done_callback(reloads.discard)
