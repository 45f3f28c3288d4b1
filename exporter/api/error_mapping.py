"""The one place where a status code or a foreign exception becomes a `Failure`."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import requests
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError, SSLError

from exporter.api.response import AnswerTooLong
from exporter.model.errors import SecretError, UpstreamError
from exporter.model.failures import (
    ClientError,
    ConnectionFailed,
    Failure,
    InvalidResponse,
    NotFound,
    RateLimited,
    ReadTimeout,
    ServerError,
    TlsFailed,
    Unauthorized,
)


def failure_of_status(status: int) -> Failure:
    """Return the failure for a status code other than 200."""
    if status in (401, 403):
        message = f"the API refused the key ({status})"
        return Unauthorized(message, status)
    if status == requests.codes.not_found:
        message = "the API knows no such job (404)"
        return NotFound(message, status)
    if status == requests.codes.too_many_requests:
        message = "the account has used up its API requests (429)"
        return RateLimited(message, status)
    if status >= 500:  # noqa: PLR2004
        message = f"the API failed ({status})"
        return ServerError(message, status)
    if status >= 400:  # noqa: PLR2004
        message = f"the API refused the request ({status})"
        return ClientError(message, status)
    message = f"the API answered with an unexpected status ({status})"
    return InvalidResponse(message, status)


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
