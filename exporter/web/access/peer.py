"""The other end of one connection: what its requests are judged by besides what they say."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Peer:
    """Who has connected. A request finds it as `peer` in the state of its ASGI scope.

    `abort` closes the connection; `gone` is done when it is lost, and `is_lost` asks the system,
    which may know it before. `certificate` is what
    `getpeercert` returned at the handshake, and `authority` the CAs by which it was verified then,
    in PEM.
    """

    abort: Callable[[], None]
    gone: asyncio.Future[None]
    is_lost: Callable[[], bool] = lambda: False
    certificate: object = None
    authority: bytes = b""

    def has_gone(self) -> None:
        """Note that the connection is lost."""
        if not self.gone.done():
            self.gone.set_result(None)

    async def end(self) -> None:
        """Close the connection without an answer, and wait until it is lost."""
        self.abort()
        await asyncio.wait((self.gone,))
