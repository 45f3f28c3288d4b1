"""The client at the other end of a connection: everything needed to judge its requests."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

WITHOUT_ADDRESS = "unix"
"""Stands for the address of every client of a Unix socket.

They have no addresses, so the limits take them for one client, as they take a reverse proxy.
"""


def address_of(name: object) -> str:
    """Return the address in a client's name: host and port, or whatever a Unix socket has."""
    return str(name[0]) if isinstance(name, tuple) else WITHOUT_ADDRESS


@dataclass(eq=False, slots=True)
class Peer:
    """The client of one connection. A request finds it as `peer` in the state of its ASGI scope.

    `abort` closes the connection. `gone` is done when the connection is lost; `is_gone` asks the
    system, which may know earlier. `certificate` is the result of `getpeercert` at the handshake,
    and `client_cas` holds the CAs that verified the certificate then, in PEM.
    """

    abort: Callable[[], None]
    gone: asyncio.Future[None]
    is_gone: Callable[[], bool] = lambda: False
    certificate: object = None
    client_cas: bytes = b""

    def mark_gone(self) -> None:
        """Note that the connection is lost; further calls do nothing."""
        if not self.gone.done():
            self.gone.set_result(None)

    async def end(self) -> None:
        """Close the connection without an answer, and wait until it is lost."""
        self.abort()
        await asyncio.wait((self.gone,))
