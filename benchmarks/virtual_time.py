"""An event loop whose clock goes as fast as the work allows: a day of waiting takes no time.

What is awaited ends in the order of its time, as in any loop; when nothing is left to do but to
wait, the clock is put forward to the end of the wait.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NothingToWaitForError(Exception):
    """Every task waits for another one: in real time the program would hang for ever."""


class _Selector(selectors.SelectSelector):
    """Puts the clock forward in place of waiting. It watches no files: there is no network here."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Be done with waiting at once."""
        if timeout is None:
            raise NothingToWaitForError
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Begins at 0 seconds. Up to three months: then its clock is too coarse for asyncio."""

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
