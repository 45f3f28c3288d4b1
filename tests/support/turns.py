"""How often others have their turn while something runs on an event loop."""

import asyncio
from collections.abc import Awaitable


class Turns:
    """The turns that another task has had since it began."""

    def __init__(self) -> None:
        self.had = 0

    async def beside(self, work: Awaitable[object]) -> None:
        """Let the other task run beside `work`."""
        other = asyncio.create_task(self._take())
        try:
            await work
        finally:
            other.cancel()

    async def _take(self) -> None:
        while True:
            self.had += 1
            await asyncio.sleep(0)
