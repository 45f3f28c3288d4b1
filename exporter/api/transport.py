"""A `requests` adapter with one timeout for a whole exchange.

`requests` and urllib3 apply a read timeout to each wait for data, so a server that sends one byte a
second can hold a reader for hours. Here one deadline covers the whole answer, status line and
headers included: the socket's timeout shrinks with every wait. After the deadline the adapter sends
nothing.
"""

import ssl
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import Timeout
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

from exporter.api.connection import Connection, Shared, TlsConnection
from exporter.config.proxy import Proxy


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


class _Pool(HTTPConnectionPool):
    ConnectionCls = Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


class DeadlineAdapter(HTTPAdapter):
    """An adapter to mount on a session. Its requests need an `EndsAt` as their timeout.

    It has one TLS context for the API and for the proxy, as Go has it; None: neither has TLS.
    """

    def __init__(
        self,
        shared: Shared,
        pool_maxsize: int,
        context: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        # A pool hands what it does not know itself to its connections.
        self._pools = {
            "http": partial(_Pool, shared=shared),
            "https": partial(_TlsPool, shared=shared),
        }
        self._context = context
        self._proxy = proxy
        super().__init__(pool_maxsize=pool_maxsize)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make connections of the exporter's classes."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: Any, **proxy_kwargs: Any) -> Any:
        """Make connections of the exporter's classes, and with the context, to a proxy too."""
        manager = super().proxy_manager_for(proxy, proxy_ssl_context=self._context, **proxy_kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Return where to connect to, and the context for it."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self._context}

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Leave the authorities to the context; `requests` would add certifi's."""

    def proxy_headers(self, _proxy: str) -> dict[str, str]:
        """Return the header that has the user and the password of the proxy."""
        if self._proxy is None or self._proxy.authorization is None:
            return {}
        return {"Proxy-Authorization": self._proxy.authorization.reveal()}
