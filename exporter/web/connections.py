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

BACKLOG = 1024
"""Connections that the system keeps for us. A full queue makes a scraper try again after 1 s."""

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
    answer: float = 20.0
    """Without anything having been taken of an answer that was written."""
    goodbye: float = 2.0
    """From the last byte that was taken to the other side's agreement to the end of TLS."""
    sweep: float = 1.0
    """Between two looks at all connections."""


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
    """One connection: from where, what it does, and since when."""

    transport: Transport
    address: str
    doing: Doing
    since: float
    unsent: int = field(default=0, init=False)
    stuck_since: float | None = field(default=None, init=False)

    def does(self, doing: Doing, now: float) -> None:
        """Note what it does from now on; what it did already, it does since it began."""
        if doing is not self.doing:
            self.doing, self.since = doing, now

    def is_overdue(self, limits: Limits, now: float) -> bool:
        """Tell whether it takes longer than it may for what it does."""
        allowed = {Doing.HANDSHAKE: limits.handshake, Doing.REQUEST: limits.request}
        return self._is_stuck(limits, now) or now - self.since > allowed.get(self.doing, math.inf)

    def _is_stuck(self, limits: Limits, now: float) -> bool:
        """Tell whether something is to be taken, and the other side took nothing for too long.

        Fewer bytes than before mean that it took some. More mean nothing: a client can go on
        asking and never read.
        """
        before, self.unsent = self.unsent, self.transport.unsent()
        if not self.unsent and not self.transport.is_closing():
            self.stuck_since = None
        elif self.stuck_since is None or self.unsent < before:
            self.stuck_since = now
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

    def _drop(self, connection: Connection) -> None:
        log.debug("connection dropped", client=connection.address, doing=connection.doing.value)
        self._open.discard(connection)
        connection.transport.abort()

    def _sweep_later(self, loop: asyncio.AbstractEventLoop) -> None:
        self._next = loop.call_later(self.limits.sweep, self._sweep, loop) if self._open else None

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [one for one in self._open if one.is_overdue(self.limits, now)]:
            self._drop(connection)
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
