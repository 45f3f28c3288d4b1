"""A stream for which nobody waits: its lines go through a bounded queue to a file descriptor."""

import io
import os
import select
import threading
from queue import SimpleQueue

LINES = 2_000
"""Lines that wait to be written, at most: more than a burst brings, such as a failed read of each
of 1,000 jobs at level debug. They take half a MiB, and 32 MiB where each is as long as a request's
header may be."""

END = 1.0
"""Seconds for what waits when the program ends."""


class LogQueue(io.TextIOBase):
    """Takes lines from any thread, and writes them to a descriptor in a daemon thread of its own.

    A line that does not fit into the queue, or that cannot be written, is dropped and counted.

    The thread writes to the descriptor, not to `sys.stderr`: that holds its lock while it writes,
    and the interpreter aborts when a daemon thread still holds that lock at the end. A
    `SimpleQueue` is bounded by its size here because the bounded `Queue` has a lock that is not
    reentrant: a finalizer that logs while that is held would never return.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._counting = threading.RLock()
        self._dropped = 0
        self._writer = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._writer.start()

    @property
    def dropped(self) -> int:
        """How many lines were dropped so far."""
        return self._dropped

    def write(self, text: str, /) -> int:
        """Take some text, or drop it where the queue is full. Never waits."""
        data = text.encode(errors="backslashreplace")
        if self._waiting.qsize() < LINES:
            self._waiting.put(data)
        else:
            self._drop(data)
        return len(text)

    def end(self, seconds: float = END) -> None:
        """Write what waits, for so many seconds at most. What is written later is lost.

        Where nobody reads by then, the descriptor becomes that of /dev/null: nothing that the
        interpreter still has to say can hold up the end of the process.
        """
        self._waiting.put(None)
        self._writer.join(seconds)
        if self._writer.is_alive():
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._descriptor)
            os.close(nowhere)

    def _write_all(self) -> None:
        for data in iter(self._waiting.get, None):
            try:
                _write(self._descriptor, data)
            except OSError:
                self._drop(data)

    def _drop(self, data: bytes) -> None:
        with self._counting:
            self._dropped += data.count(b"\n")


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it, however long that takes. Raises OSError where that is not possible."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # another process has made it so: it is theirs too
            select.select([], [descriptor], [])
