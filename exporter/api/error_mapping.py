"""The one place where a foreign exception becomes a `Failure`."""

import http.client
import re
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError, SSLError

from exporter.api.connection import ProxyFailed
from exporter.api.proxy_words import name_of, refusal
from exporter.api.response import AnswerTooLong, Unanswered
from exporter.api.tls_words import why_tls_failed
from exporter.config.proxy import Proxy
from exporter.model.errors import SecretError, UpstreamError
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    ReadTimeout,
    TlsFailed,
    Unauthorized,
)

_TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})\b")


@contextmanager
def as_upstream_errors(proxy: Proxy | None = None) -> Iterator[None]:
    """Turn every foreign exception, and a missing key, into an UpstreamError.

    `proxy` is the one on the way to the API, which the words of a failure name.
    `requests` raises subclasses of OSError, and urllib3 subclasses of HTTPError. Both let a
    ValueError pass.
    """
    try:
        yield
    except SecretError as error:
        message = f"there is no API key to send: {error}"
        raise UpstreamError(Unauthorized(message, requests=0)) from error
    except (HTTPError, OSError, ValueError) as error:
        raise UpstreamError(_failure_of(error, proxy)) from error


def _failure_of(error: Exception, proxy: Proxy | None) -> Failure:
    """Return the failure for a foreign exception.

    The whole chain of causes counts: `requests` hides a timeout during the body of an answer in a
    ConnectionError, and urllib3 calls whatever ends a tunnel a ProxyError.
    """
    chain = list(_causes(error))
    at_proxy = any(isinstance(e, ProxyFailed) for e in chain)
    through = f" through {name_of(proxy)}" if proxy else ""
    whom = name_of(proxy) if at_proxy else f"the API{through}"
    if any(isinstance(e, requests.Timeout | ReadTimeoutError | TimeoutError) for e in chain):
        return ReadTimeout(f"{whom} did not answer in time")
    if any(isinstance(e, requests.exceptions.SSLError | SSLError | ssl.SSLError) for e in chain):
        return TlsFailed(_with(f"the TLS connection to {whom} failed", why_tls_failed(chain)))
    if any(isinstance(e, AnswerTooLong) for e in chain):
        return InvalidResponse("the API's answer is too long")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return InvalidResponse("the API's answer cannot be unpacked", requests.codes.ok)
    if at_proxy and (status := _status_of_proxy(chain)):
        return ConnectionFailed(refusal(status, proxy))
    return ConnectionFailed(_with(f"the connection to {whom} failed", _detail(chain)))


def _with(message: str, detail: str) -> str:
    return f"{message}: {detail}" if detail else message


def _status_of_proxy(chain: Iterable[BaseException]) -> int | None:
    """Return the status with which a proxy refused to connect to the API; None: it did not.

    `http.client` has it only in the text of an OSError, before the words of the proxy.
    """
    found = (_TUNNEL.match(str(error)) for error in chain if isinstance(error, OSError))
    return next((int(one[1]) for one in found if one), None)


_BROKEN: tuple[tuple[type[BaseException], str], ...] = (
    (Unanswered, "it ended without an answer"),
    (http.client.RemoteDisconnected, "it ended without an answer"),  # a BadStatusLine by its base
    (http.client.BadStatusLine, "what answered speaks no HTTP"),
    (http.client.IncompleteRead, "the answer broke off"),
)
"""What broke, where an exception of a library says it by its type alone."""


def _detail(chain: Iterable[BaseException]) -> str:
    """Say why a connection failed, in the system's words or in fixed ones.

    The other texts of an exception may contain the key.
    """
    for error in chain:
        if isinstance(error, NameResolutionError):
            return "its name was not found"
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        for kind, words in _BROKEN:
            if isinstance(error, kind):
                return words
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and all exceptions that caused it or that it wraps."""
    found = [error]
    seen: set[int] = set()
    while found:
        one = found.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        found += [e for e in (one.__cause__, one.__context__) if e is not None]
        found += [e for e in (*one.args, getattr(one, "reason", None)) if isinstance(e, Exception)]
