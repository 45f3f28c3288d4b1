"""An answer on the wire, with one deadline and one limit for all of its bytes, TLS included."""

import http.client
import io
import math
import socket
import ssl
import time
from http import HTTPStatus
from typing import Any

LONGEST_ANSWER = 2 * 1024 * 1024
"""Most bytes of one answer on the wire, with its headers and the 1xx answers before it."""


class AnswerTooLong(http.client.HTTPException):
    """An answer has more bytes than `LONGEST_ANSWER`."""


class Unanswered(ConnectionError):  # noqa: N818  it is no error on a kept connection
    """A connection ended before the first byte of an answer."""


def seconds_left(ends_at: float, now: float) -> float:
    """Return the seconds until an exchange ends. Raises TimeoutError when there are none."""
    left = ends_at - now
    if left <= 0:
        message = "the deadline of the exchange has passed"
        raise TimeoutError(message)
    return left


class EndingSocket(ssl.SSLSocket):
    """A TLS socket that gives the TLS inside it one timeout for all that it receives.

    To read a record of the TLS in the TLS of a proxy, urllib3 calls `recv` as often as it takes.
    A socket gives the whole timeout to each call. Here the timeout begins when it is set.
    """

    _ends_at = math.inf

    def settimeout(self, value: float | None) -> None:
        """Let the timeout begin now."""
        self._ends_at = math.inf if value is None else time.monotonic() + value
        super().settimeout(value)

    def recv(self, *args: int) -> bytes:
        """Return what has arrived. Raises TimeoutError once the time is over."""
        if self._ends_at < math.inf:
            super().settimeout(seconds_left(self._ends_at, time.monotonic()))
        return super().recv(*args)


class DeadlineReader(io.RawIOBase):
    """The reading side of a socket, with one deadline and one limit for everything read from it.

    The deadline is the socket's timeout from now; without a timeout there is no deadline. Reading
    raises TimeoutError after the deadline and `AnswerTooLong` beyond the limit.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._left = LONGEST_ANSWER

    @property
    def untouched(self) -> bool:
        """Whether nothing was read so far."""
        return self._left == LONGEST_ANSWER

    def readable(self) -> bool:
        """Return True, as `io.BufferedReader` demands."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read the bytes that have arrived; if none have, wait for some until the deadline."""
        if self._left <= 0:
            message = f"more than {LONGEST_ANSWER} bytes"
            raise AnswerTooLong(message)
        if self._deadline is not None:
            self._sock.settimeout(seconds_left(self._deadline, time.monotonic()))
        read = self._raw.readinto(buffer)
        self._left -= read or 0
        return read

    def close(self) -> None:
        """Release the socket without closing it."""
        self._raw.close()
        super().close()


class DeadlineResponse(http.client.HTTPResponse):
    """An answer read through a `DeadlineReader` from its first byte on."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._reader = DeadlineReader(sock)
        self.fp = io.BufferedReader(self._reader)

    def begin(self) -> None:
        """Read the head of the final answer, and skip the interim ones: 100, 103 and the like.

        The standard library skips only 100 and takes any other 1xx for the final answer. Then the
        final answer would be taken for the answer to the next request. After a 101 the connection
        no longer speaks HTTP.

        Raises `Unanswered` if the connection ends before the first byte.
        """
        try:
            super().begin()
        except TimeoutError:
            raise
        except OSError as error:
            if self._reader.untouched:
                raise Unanswered(*error.args) from error
            raise
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # begin() returns at once otherwise
            super().begin()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.will_close = True
