"""Blocking work beside an event loop, in threads that never delay the end of the process."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from exporter.model.duration import format_duration

T = TypeVar("T")

_CALL = "call"
"""The name of each of these threads."""

MOST_LATE = 8
"""Calls that may hang at once, as nothing can stop them. Beyond that no further call begins."""


class Threads:
    """Runs calls that may hang, each in a daemon thread, with a time limit.

    A thread cannot be stopped. A call that exceeds its limit is late, and goes on alone. While
    `most_late` calls are late, no further call begins. `late` counts them, and `call` names a call
    in messages. Lives in one event loop.
    """

    def __init__(self, call: str, most_late: int = MOST_LATE) -> None:
        self._call = call
        self._most_late = most_late
        self.late = 0

    async def run(self, function: Callable[[], T], seconds: float) -> T:
        """Run `function`; return its result, or raise its exception.

        Raises TimeoutError when the call takes longer than `seconds`, and at once while too many
        calls are late.
        """
        if self.late >= self._most_late:
            message = f"{self.late} earlier {self._call}s have not finished yet"
            raise TimeoutError(message)
        result = in_daemon(function)
        await asyncio.wait((result,), timeout=seconds)
        if result.done():
            return result.result()
        self.late += 1
        result.add_done_callback(self._ended)
        message = f"the {self._call} did not finish within {format_duration(seconds)}"
        raise TimeoutError(message)

    def _ended(self, result: asyncio.Future[T]) -> None:
        """Note that a late call has ended; its result is dropped."""
        self.late -= 1
        if not result.cancelled():
            result.exception()


Tell = Callable[[], object]
"""Tells the caller how a call ended. Raises RuntimeError if the caller's event loop was closed."""


class KeptThreads:
    """Daemon threads, each kept for the next call until it has been idle for `seconds`.

    Each thread has a queue of its own for calls. `_idle` holds the queues of the threads that wait;
    whoever takes a queue out puts a call in. So a call that hangs keeps its thread, and no other
    call waits behind it. The methods of a list are atomic, so this needs no lock.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._idle: list[SimpleQueue[Callable[[], Tell]]] = []

    def run(self, call: Callable[[], Tell]) -> None:
        """Run a call in the thread that became idle last, or in a new one."""
        try:
            calls = self._idle.pop()
        except IndexError:
            calls = SimpleQueue()
            threading.Thread(target=self._work, args=(calls,), name=_CALL, daemon=True).start()
        calls.put(call)

    @property
    def busy(self) -> bool:
        """Whether a call is running."""
        threads = sum(thread.name == _CALL for thread in threading.enumerate())
        return threads > len(self._idle)

    def _work(self, calls: SimpleQueue[Callable[[], Tell]]) -> None:
        while self._run_next(calls):
            pass

    def _run_next(self, calls: SimpleQueue[Callable[[], Tell]]) -> bool:
        """Wait for the next call and run it; return False once the thread was idle for long."""
        try:
            call = calls.get(timeout=self._seconds)
        except Empty:
            return not self._left_idle(calls)
        tell = call()
        self._idle.append(calls)  # before anybody hears of the end, and has the next call
        with suppress(RuntimeError):  # nobody waits any more
            tell()
        return True

    def _left_idle(self, calls: SimpleQueue[Callable[[], Tell]]) -> bool:
        """Leave the idle threads; return False if the next call is just coming."""
        try:
            self._idle.remove(calls)
        except ValueError:
            return False
        return True


_KEPT = KeptThreads()


def in_daemon(function: Callable[[], T], kept: KeptThreads = _KEPT) -> asyncio.Future[T]:
    """Run `function` in a daemon thread; return a future of its result or exception.

    The standard library joins the threads of its executors at exit, so a read that hangs would
    delay the end of the process.
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

    def call() -> Tell:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = function()
        except BaseException as raised:  # noqa: BLE001  handed over, not swallowed
            error = raised
        return partial(loop.call_soon_threadsafe, settle, result, error)

    kept.run(call)
    return future


def leave(code: int) -> None:
    """End the process now with this exit code, if a call is still running.

    At its exit Python would end the thread in the middle of the call. In Rust code, such as
    bcrypt's, that aborts the whole process.
    """
    if _KEPT.busy:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
