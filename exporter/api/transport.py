"""A `requests` adapter whose timeout is that of a whole exchange, and not of each wait in it.

`requests` and urllib3 apply a read timeout to each wait for data, so a server that sends a byte a
second holds a reader for hours. Here the time that is left when the answer begins is a deadline for
all of it, status line and headers included: the socket's timeout shrinks with every wait. And once
the time is over nothing is sent.
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

LARGEST = 2 * 1024 * 1024
"""Bytes of one answer that are read at most, with its headers and all that only announces it."""


class TooMuch(http.client.HTTPException):
    """An answer has more bytes than `LARGEST`."""


class DeadlineReader(io.RawIOBase):
    """The reading side of a socket, with one deadline and one limit for all that is read from it.

    Raises TimeoutError and `TooMuch`.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._left = LARGEST

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, waiting no longer than until the deadline."""
        if self._left <= 0:
            message = f"more than {LARGEST} bytes"
            raise TooMuch(message)
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
        """Give the socket back."""
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """An answer that is read through a deadline from its first byte on."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self.fp = io.BufferedReader(DeadlineReader(sock))

    def begin(self) -> None:
        """Read the head of the answer, past all that only announces it: 100, 103 and their like.

        The standard library passes over 100 alone, and takes any other 1xx for the answer; what
        follows would then be that to the next request. After 101 there is no HTTP any more.
        """
        super().begin()
        while HTTPStatus.SWITCHING_PROTOCOLS < self.status < HTTPStatus.OK:
            self.headers = None  # type: ignore[assignment]  # else it would not begin again
            super().begin()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.will_close = True


class EndsAt(Timeout):
    """A timeout of urllib3's that ends at one moment of `clock`, whenever it is looked at.

    urllib3's own begins when it takes up a request; what was done before that does not count there.
    """

    def __init__(self, moment: float, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._moment = moment
        self._clock = clock

    def clone(self) -> "EndsAt":
        """Return the same; urllib3 takes a new one for each request."""
        return EndsAt(self._moment, self._clock)

    @property
    def connect_timeout(self) -> float:
        """The seconds until a request must be sent; raises ConnectTimeoutError if none are left."""
        left = self._moment - self._clock()
        if left <= 0:
            message = "the time was over before a request was made"
            raise ConnectTimeoutError(message)
        return left

    @property
    def read_timeout(self) -> float:
        """The seconds until the whole answer must be there."""
        return max(0.0, self._moment - self._clock())


class _InTime:
    """A connection on which nothing is sent when it took longer to make than its timeout allows.

    To find an address, to try one after the other and the handshake of TLS may each take as long
    as all of them together may.
    """

    timeout: float | None
    clock = staticmethod(time.monotonic)

    def connect(self) -> None:
        """Connect, and raise ConnectTimeoutError when that took too long."""
        deadline = math.inf if self.timeout is None else self.clock() + self.timeout
        super().connect()  # type: ignore[misc]
        if self.clock() >= deadline:
            self.close()  # type: ignore[attr-defined]
            message = "the connection took too long to make"
            raise ConnectTimeoutError(message)


class _Connection(_InTime, HTTPConnection):
    response_class = _DeadlineResponse


class _TlsConnection(_InTime, HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """Mount it on a session and pass an `EndsAt` as the timeout."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use the connections of this module."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Use the connections of this module behind a proxy too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
