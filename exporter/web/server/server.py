"""The HTTP server: runs the application on uvicorn until a signal, and then stops in time."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from exporter.web.server.address import bound_address
from exporter.web.server.connections import Connections, Limits
from exporter.web.server.large_answers import InPieces
from exporter.web.server.listening import BACKLOG
from exporter.web.server.origin_form import InOriginForm
from exporter.web.server.protocol import HttpProtocol
from exporter.web.server.request_log import LogRequests

log = structlog.get_logger()

GRACE = 2.5
"""Seconds for answers under way to finish when a signal ends the program."""

ABORTING = 0.5
"""Seconds after `GRACE` for aborted requests to notice that their clients are gone.

Then the log has one more second (`log_queue.END`). The whole shutdown may take 5 seconds.
"""

IDLE = 25
"""Seconds without a request after which a kept connection is closed."""


class Life(NamedTuple):
    """What to call when the server is ready, when it is to reload, and when it is to stop."""

    ready: Callable[[], None]
    reload: Callable[[], Coroutine[Any, Any, object]]
    stop: Callable[[], None]


def _nothing() -> None:
    pass


class _Server(uvicorn.Server):
    """uvicorn's server, with four changes.

    It leaves signals to `serve`: uvicorn would raise them again at the end, and the program would
    not exit with 0.

    It makes the system's queue long again after the start: asyncio uses one number for that queue
    and for the connections that it accepts at once.

    It aborts connections that are still open after `GRACE`. uvicorn would cancel their requests and
    log a traceback for each, so a client that does not take its answer would make a normal shutdown
    look like a bug.

    It calls `ready` once it accepts connections.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for sock in sockets or ():
            sock.listen(BACKLOG)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        late = asyncio.get_running_loop().call_later(GRACE, self._abort)
        try:
            await super().shutdown(sockets)
        finally:
            late.cancel()

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            cast("HttpProtocol", connection).abort()


def make_server(
    app: ASGIApp, access: Access, limits: Limits, ready: Callable[[], None] = _nothing
) -> uvicorn.Server:
    """Return a server for an application, behind the web configuration and the limits."""
    connections = Connections(limits)
    protocol = partial(HttpProtocol, connections=connections, access=access)
    return _Server(
        uvicorn.Config(
            InPieces(InOriginForm(LogRequests(Admission(app, access))), connections),
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
            timeout_graceful_shutdown=cast("int", GRACE + ABORTING),  # typed int; a float works
        ),
        ready,
    )


async def serve(app: ASGIApp, sockets: Sequence[socket.socket], access: Access, life: Life) -> None:
    """Serve until SIGTERM or SIGINT; then finish the answers under way, within `GRACE` seconds.

    SIGTERM and SIGINT call the life's `stop` at once. SIGHUP calls its `reload`.
    """
    server = make_server(app, access, Limits(), life.ready)

    def stop(received: signal.Signals) -> None:
        log.info("stopping", signal=received.name)
        life.stop()
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop, one)
    reloads: set[asyncio.Task[object]] = set()  # the loop's own reference is weak
    loop.add_signal_handler(signal.SIGHUP, lambda: _start(life.reload, reloads))
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
