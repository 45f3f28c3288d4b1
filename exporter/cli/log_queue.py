"""A stream whose writers never wait: a bounded queue between them and a file descriptor."""

import io
import os
import select
import threading
from queue import SimpleQueue

LINES = 2_000
"""Most lines that may wait. A usual burst is shorter, such as a failed read of each of 1,000 jobs
at level debug. 2,000 usual lines take half a MiB, or 32 MiB if each is as long as the longest
request header."""

END = 1.0
"""Seconds to write the waiting lines when the program ends."""


class LogQueue(io.TextIOBase):
    """A text stream that takes lines from any thread and writes them in its own daemon thread.

    A line that does not fit into the queue, or that cannot be written, is dropped and counted.

    The thread writes to the descriptor, not to `sys.stderr`. `sys.stderr` holds a lock while it
    writes, and the interpreter aborts if a daemon thread still holds that lock at the end.

    The bounded `Queue` would not do: its lock is not reentrant, so a finalizer that logs while the
    lock is held would never return. So the queue is a `SimpleQueue`, and `write` checks its size.
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
        """The number of lines dropped so far."""
        return self._dropped

    def write(self, text: str, /) -> int:
        """Queue the text, or drop it if the queue is full. Never waits."""
        data = text.encode(errors="backslashreplace")
        if self._waiting.qsize() < LINES:
            self._waiting.put(data)
        else:
            self._drop(data)
        return len(text)

    def end(self, seconds: float = END) -> None:
        """Write the waiting lines, for at most `seconds`. Later lines are lost.

        If lines still wait after that, because nobody reads them, point the descriptor at
        /dev/null. Then the last output of the interpreter cannot delay the end of the process.
        """
        self._waiting.put(None)
        self._writer.join(seconds)
        if self._writer.is_alive():
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._descriptor)
            os.close(null)

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
    """Write all of `data`, however long that takes. Raises OSError when it cannot be written."""
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # another process made the shared pipe non-blocking
            select.select([], [descriptor], [])
