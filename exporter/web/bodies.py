"""Large bodies of answers: shared between requests, and made in turns."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Hashable
from typing import Generic, TypeVar

Variant = TypeVar("Variant", bound=Hashable)

TURN = 0.01
"""Seconds of work in one turn. Other requests wait until the turn ends."""

MOST_WAITING = 16
"""Most bodies that wait to be made: what a client asks for is made even if it has gone."""


class BusyError(Exception):
    """As many bodies wait to be made as may."""


class SharedBodies(Generic[Variant]):
    """Bodies in several variants, made by `make`. Lives in one event loop.

    Requests that come while a body is being made share the next body of their variant. So no client
    gets a body that was begun before its request. However many requests come, one body is made at a
    time, at most one of each variant waits, and at most `most` in all.
    """

    def __init__(
        self, make: Callable[[Variant], Awaitable[bytes]], most: int = MOST_WAITING
    ) -> None:
        self._make = make
        self._most = most
        self._turn = asyncio.Lock()
        self._next: dict[Variant, asyncio.Task[bytes]] = {}

    async def get(self, variant: Variant) -> bytes:
        """Return a body that was begun after this call. Raises BusyError if too many wait."""
        if variant not in self._next:
            if len(self._next) >= self._most:
                raise BusyError
            self._next[variant] = asyncio.create_task(self._make_in_turn(variant))
        return await asyncio.shield(self._next[variant])

    async def _make_in_turn(self, variant: Variant) -> bytes:
        async with self._turn:
            del self._next[variant]
            return await self._make(variant)


async def in_turns(work: Generator[None, None, bytes], turn: float = TURN) -> bytes:
    """Return what `work` returns. When it pauses after `turn` seconds or more, let others run."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        try:
            next(work)
        except StopIteration as end:
            return bytes(end.value)
        if clock() - began >= turn:
            await asyncio.sleep(0)
            began = clock()
