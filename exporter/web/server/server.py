"""The HTTP server: the application on uvicorn, from the start to an end in time."""

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

from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from exporter.web.server.connections import Connections, Limits
from exporter.web.server.large_answers import InPieces
from exporter.web.server.listening import BACKLOG, bound_address
from exporter.web.server.protocol import HttpProtocol
from exporter.web.server.request_log import LogRequests

log = structlog.get_logger()

GRACE = 2.5
"""Seconds for answers under way when a signal ends the program."""

ABORTING = 0.5
"""Seconds after `GRACE` in which aborted requests must notice that their clients are gone.

The log then has one second more (`log_queue.END`). The whole end may take 5 seconds.
"""

IDLE = 25
"""Seconds without a request after which a kept connection is closed."""


class _Server(uvicorn.Server):
    """uvicorn's server, with three changes.

    It leaves signals to `serve`: uvicorn raises them again at the end, so the program would not
    exit 0.

    It makes the system's queue long again after the start: asyncio has one number for that queue
    and for the connections that it accepts in one go.

    It aborts connections that are still open after `GRACE`. uvicorn would cancel their requests and
    log a traceback for each, so a client that does not take its answer would make the end look like
    a fault.
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
    """Return a server for an application, behind the web configuration and the limits."""
    connections = Connections(limits)
    protocol = partial(HttpProtocol, connections=connections, access=access)
    return _Server(
        uvicorn.Config(
            InPieces(LogRequests(Admission(app, access)), connections),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            loop="asyncio",
            http=cast("type[asyncio.Protocol]", protocol),  # uvicorn calls any callable
            ws="none",
            backlog=limits.accepted,
            timeout_keep_alive=IDLE,
            timeout_graceful_shutdown=cast("int", GRACE + ABORTING),  # uvicorn takes any number
        )
    )


async def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    access: Access,
    reload: Callable[[], Coroutine[Any, Any, object]],
    on_stop: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; then finish the answers under way, within `GRACE` seconds.

    `on_stop` is called as soon as one of these signals comes. SIGHUP calls `reload`.
    """
    server = make_server(app, access, Limits())

    def stop(received: signal.Signals) -> None:
        log.info("stopping", signal=received.name)
        on_stop()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop, one)
    reloads: set[asyncio.Task[object]] = set()  # the loop alone keeps no task alive
    loop.add_signal_handler(signal.SIGHUP, lambda: _start(reload, reloads))
    for sock in sockets:
        log.info("listening", address=str(bound_address(sock)))
    await server.serve(sockets=list(sockets))
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.remove_signal_handler(one)
        signal.signal(one, signal.SIG_IGN)  # a late signal must not change the exit code
    log.info("stopped")


def _start(
    reload: Callable[[], Coroutine[Any, Any, object]], reloads: set[asyncio.Task[object]]
) -> None:
    task = asyncio.ensure_future(reload())
    reloads.add(task)
    task.add_done_callback(reloads.discard)
