"""The connections to the API: made in time, kept for a while, and each replaced at most once.

A firewall forgets an idle connection without a word, and a server may close one just as it is used
again. So a kept connection is not trusted for long, and what fails on one says little about the
API.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from exporter.api.response import DeadlineResponse, Unanswered, seconds_left
from exporter.model.duration import MINUTE

IDLE = MINUTE
"""Seconds after an answer in which the next request may use its connection."""

LIFE = 3 * MINUTE
"""Seconds for which a connection is kept at most. A new one looks up the API's address again."""


class _Sent(threading.local):
    requests = 0


class Shared:
    """What the connections of one client share. Every time is by `clock`, in seconds.

    A connection made before `distrusted_at` is not used again: another one, kept like it, was dead.
    `sent.requests` counts the requests that the present thread has sent.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.distrusted_at = -math.inf
        self.sent = _Sent()


class ProxyFailed(OSError):  # noqa: N818  its name is the event
    """The way to the API ended at the proxy; the cause says how."""


class Connection(HTTPConnection):
    """A connection without TLS."""

    response_class = DeadlineResponse

    def __init__(self, *args: Any, shared: Shared, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._shared = shared
        self._made_at = self._answered_at = -math.inf
        self._ends_at = math.inf
        self._past_proxy = True
        self._last: tuple[tuple[Any, ...], Mapping[str, Any]]
        self._tunnelled: tuple[Any, ...] = ()

    @property
    def is_connected(self) -> bool:
        """Whether the connection may be used again; urllib3 closes it otherwise."""
        now = self._shared.clock()
        trusted = (
            now - self._answered_at <= IDLE
            and now - self._made_at <= LIFE
            and self._made_at >= self._shared.distrusted_at
        )
        return trusted and super().is_connected

    def connect(self) -> None:
        """Connect. Raises ConnectTimeoutError if that takes longer than `timeout` in total.

        Raises ProxyFailed for what goes wrong on the way to a proxy, or in its answer.

        Nothing bounds the resolution of the host name, and urllib3 gives the whole timeout to each
        address and to each wait of the TLS handshake.
        """
        clock = self._shared.clock
        deadline = math.inf if self.timeout is None else clock() + self.timeout
        self._past_proxy = self.proxy is None
        try:
            super().connect()
        except (OSError, HTTPError, HTTPException) as error:
            if self._past_proxy:
                raise
            raise ProxyFailed from error
        self._made_at = clock()
        if self._made_at >= deadline:
            self.close()
            message = "connecting took too long"
            raise ConnectTimeoutError(message)

    def close(self) -> None:
        """Close the connection; the next one in its place is a new one."""
        self._answered_at = -math.inf
        super().close()

    def set_tunnel(
        self,
        host: str,
        port: int | None = None,
        headers: Mapping[str, str] | None = None,
        scheme: str = "http",
    ) -> None:
        """Connect through a tunnel of the proxy, also when the connection is replaced."""
        self._tunnelled = (host, port, headers, scheme)
        super().set_tunnel(*self._tunnelled)

    def _tunnel(self) -> None:
        super()._tunnel()
        self._past_proxy = True

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send a request. If a kept connection proves dead, leave it to `getresponse`.

        `timeout` is that of the whole exchange.
        """
        self._ends_at = math.inf if self.timeout is None else self._shared.clock() + self.timeout
        self._last = (args, kwargs)
        try:
            self._send()
        except TimeoutError:
            raise
        except OSError:
            if not self._is_kept:
                raise

    def _send(self) -> None:
        self._shared.sent.requests += 1
        args, kwargs = self._last
        super().request(*args, **kwargs)

    @property
    def _is_kept(self) -> bool:
        """Whether the connection has carried an answer before."""
        return self._answered_at > -math.inf

    def getresponse(self) -> Any:
        """Return the answer. If a kept connection ends without one, ask once more on a new one.

        A server may close a kept connection at any time, and a client may repeat a GET then
        (RFC 9112, 9.3.1). Both requests have the same deadline.
        """
        kept, clock = self._is_kept, self._shared.clock
        try:
            response = super().getresponse()
        except (Unanswered, TimeoutError) as error:
            if kept:
                self._shared.distrusted_at = clock()
            if not kept or isinstance(error, TimeoutError):
                raise
            response = self._ask_anew()
        self._answered_at = clock()
        return response

    def _ask_anew(self) -> Any:
        """Send the last request on a new connection, and return its answer."""
        self.close()
        if self._tunnelled:
            self.set_tunnel(*self._tunnelled)
        self.timeout = self._left()
        self.connect()  # first, so that one that fails counts as no request
        self.timeout = self._left()
        self._send()
        self.timeout = self._left()
        return super().getresponse()

    def _left(self) -> float | None:
        """Return the seconds left for the exchange. Raises TimeoutError when there are none."""
        if self._ends_at == math.inf:
            return None
        return seconds_left(self._ends_at, self._shared.clock())


class TlsConnection(Connection, HTTPSConnection):
    """A connection with TLS."""
