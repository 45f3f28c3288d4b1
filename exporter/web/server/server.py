"""Listening, and ending in time: the application on uvicorn, on sockets that are bound first."""

import asyncio
import re
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from exporter.model.errors import ListenError
from exporter.scrape.collector import Collector
from exporter.web.access.admission import Admission
from exporter.web.access.reload import Access
from exporter.web.server.connections import BACKLOG, Connections, Limits
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


_UNSENT = 64 * 1024
_UNTAKEN = 60_000

OPTIONS = {
    option: value
    for name, value in (("TCP_NOTSENT_LOWAT", _UNSENT), ("TCP_USER_TIMEOUT", _UNTAKEN))
    if (option := getattr(socket, name, None)) is not None
}
"""What each connection gets from the socket that it came by (tcp(7)), where the system has it.

The system takes no more than `_UNSENT` bytes that it cannot send, in place of megabytes. And it
ends a connection by itself that has been shut for `_UNTAKEN` milliseconds because the other side
takes nothing: one that we have closed would stay for minutes. A slow reader opens it more often.
"""


class Address(NamedTuple):
    """Where to listen; no host means every address of the machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse `:10423`, `127.0.0.1:0` or `[::1]:10423`. Raises ValueError for anything else."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/\s]*)):([0-9]{1,5})", text)
    if match is None or int(match[3]) > 65_535:  # noqa: PLR2004  the last port
        message = "expected an address such as :10423, 127.0.0.1:10423 or [::1]:10423"
        raise ValueError(message)
    return Address(match[1] or match[2] or "", int(match[3]))


def bind(address: Address) -> socket.socket:
    """Return a socket that listens on an address. Raises ListenError when that cannot be.

    The protocol is named, since asyncio turns Nagle's algorithm off only where it is: without
    that an answer in two parts waits 40 ms for the other side's acknowledgement.
    """
    every = not address.host
    dual = every and socket.has_dualstack_ipv6()
    host = "::" if dual else address.host or "0.0.0.0"  # noqa: S104  every address, as asked
    try:
        found = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
        family, kind, _, _, target = found[0]
        sock = socket.socket(family, kind, socket.IPPROTO_TCP)
    except OSError as error:
        raise _refused(address, error) from error
    except UnicodeError as error:
        message = f"cannot listen on {address}: no name of a host"
        raise ListenError(message) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option, value in OPTIONS.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
        sock.bind(target)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _refused(address, error) from error
    return sock


def _refused(address: Address, error: OSError) -> ListenError:
    return ListenError(f"cannot listen on {address}: {error.strerror}")


def bound_address(sock: socket.socket) -> Address:
    """Return the real address of a socket, with the port that the system chose for port 0."""
    host, port = sock.getsockname()[:2]
    return Address(host, port)


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
