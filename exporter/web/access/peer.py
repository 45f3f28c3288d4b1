"""The client at the other end of a connection, as its requests are judged by it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Peer:
    """The client of one connection. A request finds it as `peer` in the state of its ASGI scope.

    `abort` closes the connection. `gone` is done once the connection is lost; `is_gone` asks the
    system, which may know earlier. `certificate` is what `getpeercert` returned at the handshake,
    and `client_cas` are the CAs that verified the certificate then, in PEM.
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
