"""Blocking work beside an event loop, in threads that never hold up the end of the process."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


def in_daemon(function: Callable[[A], T]) -> Callable[[A], Awaitable[T]]:
    """Return `function` as one that is awaited, and runs in a daemon thread."""
    return lambda argument: run_in_daemon(partial(function, argument))


async def run_in_daemon(function: Callable[[], T]) -> T:
    """Run `function` in a daemon thread of its own and return what it returns, or raises.

    The executors of the standard library are joined at exit, so a read that hangs would hold the
    process for as long as its timeout.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = function()
        except BaseException as raised:  # noqa: BLE001  handed over, not swallowed
            error = raised
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=work, name="read", daemon=True).start()
    return await future
