"""Bodies of answers that take long to make: shared, made in turns, and compressed."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from io import BytesIO
from typing import Generic, TypeVar

Variant = TypeVar("Variant", bound=Hashable)

TURN = 0.01
"""Seconds of work in one turn. A request that comes meanwhile waits for some of them."""

_LEVEL = 1
"""The fastest level of compression: an exposition still shrinks to a tenth."""

_GZIP = 31
"""The `wbits` of zlib that mean gzip's format with the largest window."""


class SharedBodies(Generic[Variant]):
    """Bodies in several variants, made by `make`. Lives in one event loop.

    Requests for a variant that come while a body is made share the next one, so nobody gets a body
    that was begun before he asked. However many requests come, one body is made at a time, and at
    most one of each variant waits.
    """

    def __init__(self, make: Callable[[Variant], Awaitable[bytes]]) -> None:
        self._make = make
        self._turn = asyncio.Lock()
        self._next: dict[Variant, asyncio.Task[bytes]] = {}

    async def get(self, variant: Variant) -> bytes:
        """Return a body that was begun after this call."""
        if variant not in self._next:
            self._next[variant] = asyncio.create_task(self._make_in_turn(variant))
        return await asyncio.shield(self._next[variant])

    async def _make_in_turn(self, variant: Variant) -> bytes:
        async with self._turn:
            del self._next[variant]
            return await self._make(variant)


async def gather(pieces: Iterable[bytes], turn: float = TURN) -> bytes:
    """Return all pieces as one. After each `turn` seconds of making them, other tasks run.

    The pieces are written into one buffer, which is returned itself: joining them would take twice
    the memory.
    """
    clock = asyncio.get_running_loop().time
    whole, began = BytesIO(), clock()
    for piece in pieces:
        whole.write(piece)
        if clock() - began >= turn:
            await asyncio.sleep(0)
            began = clock()
    return whole.getvalue()


def compress(body: bytes) -> bytes:
    """Return a body in gzip. The same body always gives the same bytes."""
    return b"".join(compress_pieces((body,)))


def compress_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a body that comes in pieces as one member of gzip."""
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()
