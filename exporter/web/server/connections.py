"""The open connections: the limit of their number, and the choice of those to drop.

One sweep a second checks all connections, instead of a timer for each. A connection is dropped when
its present step takes longer than the limit, no matter how many bytes trickle in.

When there is no room, a new connection displaces another. The victim belongs to the address that
holds most connections, so a flood from one machine displaces itself. Of that address's connections,
one without an answer under way goes first, and of these the one that has waited longest. New
connections are never refused: a scraper that comes during a flood is the newest, so the last to go.
"""

import asyncio
import math
import resource
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

import structlog

log = structlog.get_logger()

BODIES = 8
"""This many different bodies of the largest size may always wait for their clients."""

_USUAL_DESCRIPTORS = 1024
"""The number of file descriptors to assume when the system sets no limit."""


def most_connections(descriptors: int) -> int:
    """Return how many connections a process may hold: half of its file descriptors.

    When no descriptor is left, accepting fails, and asyncio accepts no connection for a second. So
    a quarter of the descriptors is kept for accepted connections that have not displaced another
    yet, and a quarter for the API, files and pipes.
    """
    return max(8, min(512, descriptors // 2))


def accepted_at_once(descriptors: int) -> int:
    """Return how many connections may be accepted in one turn of the event loop.

    A displaced connection ends four turns after the new one came, so both need a descriptor.
    """
    return max(1, min(64, descriptors // 16))


def _descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _USUAL_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


class Limits(NamedTuple):
    """The limits of connections: numbers, seconds and bytes."""

    connections: int = most_connections(_descriptors())
    accepted: int = accepted_at_once(_descriptors())
    """Connections accepted in one turn of the event loop."""
    handshake: float = 10.0
    """Seconds for the TLS handshake."""
    request: float = 10.0
    """Seconds for a whole request, from its first byte, or from the start of the connection."""
    answer: float = 10.0
    """Seconds for which a client may take nothing of a written answer."""
    goodbye: float = 2.0
    """Seconds from the last byte taken until the client agrees to end TLS."""
    sweep: float = 1.0
    """Seconds between two sweeps."""
    waiting: int = 64 * 1024 * 1024
    """Unsent bytes at most, over all connections; `BODIES` largest bodies are always allowed."""


class Doing(Enum):
    """What a connection is doing now. This decides which limit applies."""

    HANDSHAKE = "handshake"
    REQUEST = "request"
    ANSWER = "answer"
    NOTHING = "nothing"
    """Between two requests; uvicorn ends a kept connection by itself."""


class Wire(Protocol):
    """The part of a connection's wire that its limits need; `wire.SocketWire` is the real one."""

    def abort(self) -> None:
        """Close the connection at once."""

    def is_closing(self) -> bool:
        """Tell whether this side has ended the connection."""

    def unsent(self) -> int:
        """Return how many written bytes the client has not taken."""


@dataclass(eq=False)
class Connection:
    """One connection: its client's address, what it is doing, and since when.

    Times are in the event loop's seconds. `unsent` counts the bytes that the client had not taken
    at the last measurement. `stuck_since` is when the client last took some; None while no bytes
    wait. `body` is the large answer being sent, which other connections may share.
    """

    wire: Wire
    address: str
    doing: Doing
    since: float
    unsent: int = field(default=0, init=False)
    stuck_since: float | None = field(default=None, init=False)
    body: bytes = field(default=b"", init=False, repr=False)

    def does(self, doing: Doing, now: float) -> None:
        """Note what the connection does from `now` on; `since` changes only if that is new."""
        if doing is not self.doing:
            self.doing, self.since = doing, now

    def took_some(self, now: float) -> None:
        """Note that the client took enough to make room for the next piece of its answer."""
        if self.stuck_since is not None:
            self.stuck_since = now

    def measure(self, now: float) -> None:
        """Note how many bytes the client has not taken, and whether it took any.

        Fewer bytes than before mean that it took some. More bytes prove nothing: a client can keep
        sending requests and never read.
        """
        before, self.unsent = self.unsent, self.wire.unsent()
        if not self.unsent and not self.wire.is_closing():
            self.stuck_since = None
        elif self.stuck_since is None or self.unsent < before:
            self.stuck_since = now

    def is_overdue(self, limits: Limits, now: float) -> bool:
        """Tell whether the connection exceeded a limit at the last measurement."""
        allowed = {Doing.HANDSHAKE: limits.handshake, Doing.REQUEST: limits.request}
        return self._is_stuck(limits, now) or now - self.since > allowed.get(self.doing, math.inf)

    def _is_stuck(self, limits: Limits, now: float) -> bool:
        """Tell whether bytes wait and the client has taken none for too long."""
        allowed = limits.answer if self.unsent else limits.goodbye
        return self.stuck_since is not None and now - self.stuck_since > allowed


class Connections:
    """All connections of a server, within their limits. Lives in one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._next_sweep: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Add a new connection; drop another one when there is no room."""
        if len(self._open) >= self.limits.connections:
            self._drop(displaced(self._open))
        self._open.add(connection)
        if self._next_sweep is None:
            self._sweep_later(asyncio.get_running_loop())

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)

    def start_body(self, connection: Connection, body: bytes) -> None:
        """Note that a connection begins to send a large body; drop slow readers to make room."""
        connection.body = body
        now = asyncio.get_running_loop().time()
        for one in self._open:
            one.measure(now)
        self._make_room(keep=connection)

    def _make_room(self, keep: Connection | None = None) -> None:
        """Drop the slowest readers, except `keep`, until the waiting bytes are within the limit."""
        for slow in slowest(self._open - {keep}):
            if not too_many_wait(self._open, self.limits.waiting):
                return
            self._drop(slow)

    def _drop(self, connection: Connection) -> None:
        log.debug("connection dropped", client=connection.address, doing=connection.doing.value)
        self._open.discard(connection)
        connection.wire.abort()

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next_sweep = (
            loop.call_later(self.limits.sweep, self._sweep, loop) if self._open else None
        )

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in tuple(self._open):
            connection.measure(now)
            if connection.is_overdue(self.limits, now):
                self._drop(connection)
        self._make_room()
        self._sweep_later(loop)


def displaced(connections: Iterable[Connection]) -> Connection:
    """Return the connection that a new one displaces."""
    connections = list(connections)
    held = Counter(one.address for one in connections)

    def rank(one: Connection) -> tuple[int, bool, float]:
        return -held[one.address], one.doing is Doing.ANSWER, one.since

    return min(connections, key=rank)


def too_many_wait(connections: Iterable[Connection], most: int) -> bool:
    """Tell whether the unsent bytes exceed both `most` and `BODIES` times the largest body.

    A body counts once, however many connections share it. The bytes already written to connections
    count as well.
    """
    connections = list(connections)
    bodies = {id(one.body): len(one.body) for one in connections}
    waiting = sum(bodies.values()) + sum(one.unsent for one in connections)
    return waiting > max(most, BODIES * max(bodies.values(), default=0))


def slowest(connections: Iterable[Connection]) -> list[Connection]:
    """Return the connections with bytes that the client does not take, the longest stuck first."""
    slow = [(one.stuck_since, one) for one in connections if one.stuck_since is not None]
    return [one for _, one in sorted(slow, key=lambda pair: pair[0])]
