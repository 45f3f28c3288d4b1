"""An event loop in virtual time: a day of waiting takes no time.

Waits end in the order of their times, as in any loop. When every task waits, the clock jumps to the
end of the next wait.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingToWaitForError(Exception):
    """Every task waits for another: in real time the program would hang for ever."""


class _Selector(selectors.SelectSelector):
    """A selector that moves the clock instead of waiting. It watches no files: nothing uses any."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Move the clock forward by `timeout` seconds and return at once."""
        if timeout is None:
            raise NothingToWaitForError
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that begins at 0 seconds. After three months its clock is too coarse for asyncio."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._virtual.now


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time and return what it returns."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)
