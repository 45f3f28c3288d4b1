"""A `requests` adapter with one timeout for a whole exchange.

`requests` and urllib3 apply a read timeout to each wait for data, so a server that sends one byte a
second can hold a reader for hours. Here one deadline covers the whole answer, status line and
headers included: the socket's timeout shrinks with every wait. After the deadline the adapter sends
nothing.
"""

import math
import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

from exporter.api.connection import Connection, Shared, TlsConnection


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


class EndingSocket(ssl.SSLSocket):
    """A TLS socket whose timeout is one for all reads since it was set.

    TLS in the TLS of a proxy reads as often as it takes to fill a record, and urllib3 gives the
    whole timeout to each of these reads.
    """

    _ends_at = math.inf

    def settimeout(self, value: float | None) -> None:
        """Let the timeout begin now."""
        self._ends_at = math.inf if value is None else time.monotonic() + value
        super().settimeout(value)

    def recv(self, *args: int) -> bytes:
        """Return what has arrived. Raises TimeoutError once the time is over."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            message = "the deadline of the exchange has passed"
            raise TimeoutError(message)
        if left < math.inf:
            super().settimeout(left)
        return super().recv(*args)


class _Pool(HTTPConnectionPool):
    ConnectionCls = Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """An adapter to mount on a session. Its requests need an `EndsAt` as their timeout."""

    def __init__(self, shared: Shared, pool_maxsize: int) -> None:
        # A pool hands what it does not know itself to its connections.
        self._pools = {
            "http": partial(_Pool, shared=shared),
            "https": partial(_TlsPool, shared=shared),
        }
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make connections of the exporter's classes."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Make connections of the exporter's classes to a proxy too."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager
