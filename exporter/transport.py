"""A `requests` adapter whose timeout is that of a whole exchange, and not of each wait in it.

`requests` and urllib3 apply a read timeout to each wait for data, so a server that sends a byte a
second holds a reader for hours. Here the time that urllib3's `Timeout(total=...)` leaves when the
answer begins is a deadline for all of it, status line and headers included: the socket's timeout
shrinks with every wait. The same time is the deadline of connecting.
"""

import http.client
import io
import math
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError


class DeadlineReader(io.RawIOBase):
    """The reading side of a socket, with one deadline for all that is read from it."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        timeout = sock.gettimeout()
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, waiting no longer than until the deadline; raise TimeoutError."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                message = "the deadline of the exchange has passed"
                raise TimeoutError(message)
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

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


@contextmanager
def in_time(
    connection: HTTPConnection, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Raise ConnectTimeoutError when a connection took longer to make than its timeout allows.

    To find an address, to try one after the other and the handshake of TLS may each take as long
    as all of them together may. Nothing is sent on a connection that comes too late.
    """
    deadline = math.inf if connection.timeout is None else clock() + connection.timeout
    yield
    if clock() >= deadline:
        connection.close()
        message = "the connection took too long to make"
        raise ConnectTimeoutError(message)


class _Connection(HTTPConnection):
    response_class = _DeadlineResponse

    def connect(self) -> None:
        with in_time(self):
            super().connect()


class _TlsConnection(HTTPSConnection):
    response_class = _DeadlineResponse

    def connect(self) -> None:
        with in_time(self):
            super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}


class DeadlineAdapter(HTTPAdapter):
    """Mount it on a session and pass `urllib3.Timeout(total=seconds)` as the timeout."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use the connections of this module."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Use the connections of this module behind a proxy too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
