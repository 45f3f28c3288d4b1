"""A `requests` adapter with one timeout for a whole exchange.

`requests` and urllib3 apply a read timeout to each wait for data, so a server that sends one byte a
second can hold a reader for hours. Here one deadline covers the whole answer, status line and
headers included: the socket's timeout shrinks with every wait. After the deadline the adapter sends
nothing.
"""

import http.client
import io
import math
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

LONGEST_ANSWER = 2 * 1024 * 1024
"""Most bytes of one answer on the wire, with its headers and the 1xx answers before it."""


class AnswerTooLong(http.client.HTTPException):
    """An answer has more bytes than `LONGEST_ANSWER`."""


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

    def readable(self) -> bool:
        """Return True, as `io.BufferedReader` demands."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read the bytes that have arrived; if none have, wait for some until the deadline."""
        if self._left <= 0:
            message = f"more than {LONGEST_ANSWER} bytes"
            raise AnswerTooLong(message)
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                message = "the deadline of the exchange has passed"
                raise TimeoutError(message)
            self._sock.settimeout(left)
        read = self._raw.readinto(buffer)
        self._left -= read or 0
        return read

    def close(self) -> None:
        """Release the socket without closing it."""
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """An answer read through a `DeadlineReader` from its first byte on."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(DeadlineReader(sock))

    def begin(self) -> None:
        """Read the head of the final answer, and skip the interim ones: 100, 103 and the like.

        The standard library skips only 100 and takes any other 1xx for the final answer. Then the
        final answer would be taken for the answer to the next request. After a 101 the connection
        no longer speaks HTTP.
        """
        super().begin()
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # begin() returns at once otherwise
            super().begin()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.will_close = True


class EndsAt(Timeout):
    """A urllib3 timeout that ends at a fixed `moment` on `clock`, in seconds.

    An ordinary Timeout starts when urllib3 starts the request, and so ignores the time before.
    """

    def __init__(self, moment: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._moment = moment
        self._clock = clock

    def clone(self) -> "EndsAt":
        """Return a copy; urllib3 makes one for each request."""
        return EndsAt(self._moment, self._clock)

    @property
    def connect_timeout(self) -> float:
        """The seconds left to send the request. Raises ConnectTimeoutError when there are none."""
        left = self._moment - self._clock()
        if left <= 0:
            message = "the deadline passed before the request was sent"
            raise ConnectTimeoutError(message)
        return left

    @property
    def read_timeout(self) -> float:
        """The seconds left for the whole answer."""
        return max(0.0, self._moment - self._clock())


class _ConnectsInTime:
    """A mixin that closes a connection if connecting took longer than its timeout.

    Nothing bounds the resolution of the host name, and urllib3 gives the whole timeout to each
    address and to each wait of the TLS handshake.
    """

    timeout: float | None
    clock = staticmethod(time.monotonic)

    def connect(self) -> None:
        """Connect. Raises ConnectTimeoutError if that takes longer than `timeout` in total."""
        deadline = math.inf if self.timeout is None else self.clock() + self.timeout
        super().connect()  # type: ignore[misc]
        if self.clock() >= deadline:
            self.close()  # type: ignore[attr-defined]
            message = "connecting took too long"
            raise ConnectTimeoutError(message)


class _Connection(_ConnectsInTime, HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(_ConnectsInTime, HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """An adapter to mount on a session. Its requests need an `EndsAt` as their timeout."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make connections of this module's classes."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make connections of this module's classes to a proxy too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
