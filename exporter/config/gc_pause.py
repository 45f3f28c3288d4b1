"""Pauses of Python's garbage collector: while a configuration is built, and during imports."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_pauses = 0


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause garbage collection in every thread. Use it only for work that never waits.

    A list of 10,000 jobs consists of half a million objects. The collector would scan them again
    and again, and every thread would wait: up to 430 ms at a time, as measured.
    """
    _begin()
    try:
        yield
    finally:
        _end()


@contextmanager
def imports_for_good() -> Iterator[None]:
    """Pause garbage collection, and keep what was made out of its sight for good.

    Use it for imports. Imports make 60,000 objects that stay: to scan them again and again takes a
    tenth of the start, and then 10 ms of each full collection.
    """
    with gc_paused():
        yield
        gc.freeze()


def _begin() -> None:
    global _pauses  # noqa: PLW0603  all threads share one collector
    with _lock:
        _pauses += 1
        gc.disable()


def _end() -> None:
    global _pauses  # noqa: PLW0603
    with _lock:
        _pauses -= 1
        if not _pauses:
            gc.enable()
