"""The connections that are open: how many there may be, and which have been open long enough.

One sweep a second looks at all of them, in place of timers for each: a connection is dropped
when what it is doing takes longer than its limit, whatever trickles in meanwhile.

When there are as many as there may be, the newest one gets the place of another. That is one of
the address that holds most of them, so that a flood from one machine displaces itself; there, one
without a request under way before one with; and there, the one that has waited longest. Nobody is
turned away at the door: a scraper that comes during a flood is the newest, so the last to go.
"""

import asyncio
import math
import resource
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, Protocol

import structlog

log = structlog.get_logger()

BODIES = 8
"""So many different bodies of the largest size may always wait to be taken."""

_USUAL_DESCRIPTORS = 1024
"""How many a process may open where nobody says otherwise."""


def most_connections(descriptors: int) -> int:
    """Return how many connections a process with so many descriptors may hold: half of them.

    Accepting fails when there is no descriptor to spare, and asyncio accepts nobody for a second.
    A quarter is for connections that were accepted and have not yet made room for themselves, a
    quarter for the rest: the API, files, pipes.
    """
    return max(8, min(512, descriptors // 2))


def accepted_at_once(descriptors: int) -> int:
    """Return how many connections may be accepted in one turn of the event loop.

    It takes four turns from a connection's coming to the end of the one whose place it gets.
    """
    return max(1, min(64, descriptors // 16))


def _descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _USUAL_DESCRIPTORS if soft == resource.RLIM_INFINITY else soft


class Limits(NamedTuple):
    """How long a connection may take for what, in seconds, and how many there may be."""

    connections: int = most_connections(_descriptors())
    accepted: int = accepted_at_once(_descriptors())
    """Connections in one turn of the event loop."""
    handshake: float = 10.0
    request: float = 10.0
    """From the connection's or the request's first byte to the last of the request's."""
    answer: float = 10.0
    """Without anything having been taken of an answer that was written."""
    goodbye: float = 2.0
    """From the last byte that was taken to the other side's agreement to the end of TLS."""
    sweep: float = 1.0
    """Between two looks at all connections."""
    waiting: int = 64 * 1024 * 1024
    """Bytes that may wait to be taken, over all connections; always room for `BODIES` bodies."""


class Doing(Enum):
    """What a connection is doing, or what it is waited for."""

    HANDSHAKE = "handshake"
    REQUEST = "request"
    ANSWER = "answer"
    NOTHING = "nothing"
    """A kept connection between two requests; the HTTP server itself ends it."""


class Transport(Protocol):
    """What is needed of the wire of a connection."""

    def abort(self) -> None:
        """Close it at once."""

    def is_closing(self) -> bool:
        """Tell whether we have ended it."""

    def unsent(self) -> int:
        """Return how many bytes the other side has not taken."""


@dataclass(eq=False)
class Connection:
    """One connection: from where, what it does, and since when.

    `body` is the large answer that it is being sent, which others may be sent too.
    """

    transport: Transport
    address: str
    doing: Doing
    since: float
    unsent: int = field(default=0, init=False)
    stuck_since: float | None = field(default=None, init=False)
    body: bytes = field(default=b"", init=False, repr=False)

    def does(self, doing: Doing, now: float) -> None:
        """Note what it does from now on; what it did already, it does since it began."""
        if doing is not self.doing:
            self.doing, self.since = doing, now

    def took_some(self, now: float) -> None:
        """Note that the other side took what stood between it and the next piece of an answer."""
        if self.stuck_since is not None:
            self.stuck_since = now

    def measure(self, now: float) -> None:
        """Note what is not taken yet, and whether any was since the last look.

        Fewer bytes than before mean that some was. More mean nothing: a client can go on asking
        and never read.
        """
        before, self.unsent = self.unsent, self.transport.unsent()
        if not self.unsent and not self.transport.is_closing():
            self.stuck_since = None
        elif self.stuck_since is None or self.unsent < before:
            self.stuck_since = now

    def is_overdue(self, limits: Limits, now: float) -> bool:
        """Tell whether it took longer than it may for what it does, by the last look at it."""
        allowed = {Doing.HANDSHAKE: limits.handshake, Doing.REQUEST: limits.request}
        return self._is_stuck(limits, now) or now - self.since > allowed.get(self.doing, math.inf)

    def _is_stuck(self, limits: Limits, now: float) -> bool:
        """Tell whether something is to be taken, and the other side took nothing for too long."""
        allowed = limits.answer if self.unsent else limits.goodbye
        return self.stuck_since is not None and now - self.stuck_since > allowed


class Connections:
    """All connections of a server. Of its event loop only `time` and `call_later` are used."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._next: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Take in a new connection; drop another one when there is no place for it."""
        if len(self._open) >= self.limits.connections:
            self._drop(in_the_way(self._open))
        self._open.add(connection)
        if self._next is None:
            self._sweep_later(asyncio.get_running_loop())

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)

    def begin(self, connection: Connection, body: bytes) -> None:
        """Note that a connection is sent a large body; drop slow readers that are in its way."""
        connection.body = body
        now = asyncio.get_running_loop().time()
        for one in self._open:
            one.measure(now)
        self._make_room(keep=connection)

    def _make_room(self, keep: Connection | None = None) -> None:
        """Drop the slowest readers, but not the one to `keep`, until few enough bytes wait."""
        for slow in slowest(self._open - {keep}):
            if not too_many_wait(self._open, self.limits.waiting):
                return
            self._drop(slow)

    def _drop(self, connection: Connection) -> None:
        log.debug("connection dropped", client=connection.address, doing=connection.doing.value)
        self._open.discard(connection)
        connection.transport.abort()

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next = loop.call_later(self.limits.sweep, self._sweep, loop) if self._open else None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in tuple(self._open):
            connection.measure(now)
            if connection.is_overdue(self.limits, now):
                self._drop(connection)
        self._make_room()
        self._sweep_later(loop)


def in_the_way(connections: Iterable[Connection]) -> Connection:
    """Return the connection that a new one gets the place of."""
    connections = list(connections)
    held = Counter(one.address for one in connections)
    key: Callable[[Connection], tuple[int, bool, float]] = lambda one: (  # noqa: E731
        -held[one.address],
        one.doing is Doing.ANSWER,
        one.since,
    )
    return min(connections, key=key)


def too_many_wait(connections: Iterable[Connection], most: int) -> bool:
    """Tell whether more than `most` bytes wait to be taken, and more than `BODIES` bodies have.

    A body counts once, however many connections are sent it; what was handed to a connection
    counts besides.
    """
    connections = list(connections)
    bodies = {id(one.body): len(one.body) for one in connections}
    waiting = sum(bodies.values()) + sum(one.unsent for one in connections)
    return waiting > max(most, BODIES * max(bodies.values(), default=0))


def slowest(connections: Iterable[Connection]) -> list[Connection]:
    """Return those who do not take what waits for them, the one first that took none longest."""
    slow = [(one.stuck_since, one) for one in connections if one.stuck_since is not None]
    return [one for _, one in sorted(slow, key=lambda pair: pair[0])]
