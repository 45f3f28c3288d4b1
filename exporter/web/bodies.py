"""Large bodies of answers: shared between requests, made in turns, and compressed."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from io import BytesIO
from typing import Generic, TypeVar

Variant = TypeVar("Variant", bound=Hashable)

TURN = 0.01
"""Seconds of work in one turn. Other requests wait until the turn ends."""

_LEVEL = 1
"""The fastest level of compression. Even so, an exposition shrinks to a tenth."""

_GZIP = 31
"""The `wbits` value by which zlib writes gzip's format with the largest window."""


class SharedBodies(Generic[Variant]):
    """Bodies in several variants, made by `make`. Lives in one event loop.

    Requests that come while a body is being made share the next body of their variant. So no client
    gets a body that was begun before its request. However many requests come, one body is made at a
    time, and at most one of each variant waits.
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
    """Join the pieces into one body. Let other tasks run after each `turn` seconds of work.

    The pieces go straight into one buffer: a list of them, joined at the end, would take twice the
    memory.
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
    """Compress a body with gzip. The same body always gives the same bytes."""
    return b"".join(compress_pieces((body,)))


def compress_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a body that comes in pieces; yield the pieces of one gzip member."""
    compressor = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()
