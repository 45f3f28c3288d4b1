"""Bodies that take long to make: one at a time, and shared by those who ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Form = TypeVar("Form", bound=Hashable)


class Shared(Generic[Form]):
    """Makes bodies in several forms. Lives in one event loop.

    Those who ask for a form while a body is made share the next one: nobody gets one that was begun
    before he asked. So however many ask, one body is made, and one of each form waits to be made.
    """

    def __init__(self, make: Callable[[Form], Awaitable[bytes]]) -> None:
        self._make = make
        self._turn = asyncio.Lock()
        self._next: dict[Form, asyncio.Task[bytes]] = {}

    async def get(self, form: Form) -> bytes:
        """Return a body that was begun after this call."""
        if form not in self._next:
            self._next[form] = asyncio.create_task(self._make_in_turn(form))
        return await asyncio.shield(self._next[form])

    async def _make_in_turn(self, form: Form) -> bytes:
        async with self._turn:
            del self._next[form]
            return await self._make(form)
