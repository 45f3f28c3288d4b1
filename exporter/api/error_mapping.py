"""The one place where a foreign exception becomes a `Failure`."""

import http.client
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    ReadTimeoutError,
    SSLError,
)

from exporter.api.response import AnswerTooLong, Unanswered
from exporter.model.errors import SecretError, UpstreamError
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    ReadTimeout,
    TlsFailed,
    Unauthorized,
)


@contextmanager
def as_upstream_errors() -> Iterator[None]:
    """Turn every foreign exception, and a missing key, into an UpstreamError.

    `requests` raises subclasses of OSError, and urllib3 subclasses of HTTPError. Both let a
    ValueError pass.
    """
    try:
        yield
    except SecretError as error:
        message = f"there is no API key to send: {error}"
        raise UpstreamError(Unauthorized(message, requests=0)) from error
    except (HTTPError, OSError, ValueError) as error:
        raise UpstreamError(_failure_of(error)) from error


def _failure_of(error: Exception) -> Failure:
    """Return the failure for a foreign exception.

    The whole chain of causes counts: `requests` hides a timeout during the body of an answer in a
    ConnectionError, and a TLS failure behind a proxy in a ProxyError.
    """
    chain = list(_causes(error))
    if any(isinstance(e, requests.Timeout | ReadTimeoutError | TimeoutError) for e in chain):
        return ReadTimeout("the API did not answer in time")
    if any(isinstance(e, requests.exceptions.SSLError | SSLError | ssl.SSLError) for e in chain):
        return TlsFailed("the TLS connection to the API failed")
    if any(isinstance(e, AnswerTooLong) for e in chain):
        return InvalidResponse("the API's answer is too long")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return InvalidResponse("the API's answer cannot be unpacked", requests.codes.ok)
    return ConnectionFailed(f"the connection to the API failed{_detail(chain)}")


_BROKEN: tuple[tuple[type[BaseException], str], ...] = (
    (Unanswered, "it ended without an answer"),
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
            return ": its name was not found"
        if isinstance(error, requests.exceptions.ProxyError):
            return ": the proxy did not let it through"
        if isinstance(error, OSError) and error.strerror:
            return f": {error.strerror}"
        for kind, words in _BROKEN:
            if isinstance(error, kind):
                return f": {words}"
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
