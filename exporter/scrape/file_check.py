"""One check of files at a time, for all scrapes that come meanwhile.

A file system may hang, so a check reads its files in a thread, and no scrape waits long for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple

Check = Callable[[float], Awaitable[None]]
"""Check files for changes, for at most this many seconds."""


async def nothing_to_check(_: float) -> None:
    """Return at once, where there is no file to check."""


class FileTimeouts(NamedTuple):
    """Seconds to wait for files."""

    load: float = 30.0
    """For a load, or a check of files; one that takes longer hangs."""
    scrape: float = 1.0
    """For a scrape to wait for a check. A file system that hangs delays no scrape for longer."""


USUAL_TIMEOUTS = FileTimeouts()


class _UnderWay(NamedTuple):
    """A check under way, and when it began (in the event loop's seconds)."""

    task: asyncio.Task[None]
    since: float


class FileCheck:
    """Runs `check` for scrapes, one run at a time. Lives in one event loop.

    No scrape waits for a run that is more than `longest` seconds old.
    """

    def __init__(self, check: Callable[[], Coroutine[Any, Any, None]], longest: float) -> None:
        self._check = check
        self._longest = longest
        self._under_way: _UnderWay | None = None

    async def __call__(self, seconds: float) -> None:
        """Check the files, for at most `seconds`.

        A run that takes longer goes on by itself, and the next scrape sees its changes.
        """
        now = asyncio.get_running_loop().time()
        if self._under_way is None:
            self._under_way = _UnderWay(asyncio.create_task(self._run()), now)
        left = min(seconds, self._under_way.since + self._longest - now)
        if left > 0:
            await asyncio.wait([self._under_way.task], timeout=left)

    async def _run(self) -> None:
        try:
            await self._check()
        finally:
            self._under_way = None
