"""The only HTTP to the API: one read of one job.

No policy, no sleep, no retry. Whatever goes wrong leaves this module as a `Failure`.
"""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, NameResolutionError, ReadTimeoutError, SSLError

from exporter import __version__
from exporter.api.rate_limit_headers import parse_headers
from exporter.api.transport import DeadlineAdapter, EndsAt, TooMuch
from exporter.config.api_key import KeySource, Secret
from exporter.config.sections import Account, Refresh
from exporter.config.values import is_loopback
from exporter.model.attempt import Answer
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
from exporter.model.job import Job
from exporter.model.rate_limit import UNSAID
from exporter.model.state import State

LARGEST_ANSWER = 1024 * 1024
"""Bytes of an answer, unpacked, that are read at most; the documented one has about 500."""

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class _ApiKey(AuthBase):
    """`Authorization: Basic KEY`: the key is already base64 and is never encoded again.

    As an `auth` object it also keeps `requests` from taking another key out of a .netrc file.
    """

    key: Secret

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Basic {self.key.reveal()}"
        return request


class Client:
    """Reads the jobs of one account. Its reads may run side by side in several threads.

    `now` tells the time in Unix seconds: by it a date of the API's can be true or not. `key_sent`
    is the key of the last request, None before the first, and `timeout` is in seconds.
    """

    def __init__(
        self,
        account: Account,
        key: KeySource,
        refresh: Refresh,
        words: Mapping[str, State],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = account.base_url
        self.timeout = refresh.timeout
        self._words = words
        self._now = now
        self._key = key
        self.key_sent: Secret | None = None
        self._session = _session(account.base_url, refresh.concurrency)

    def read(self, job_id: int) -> Answer | Failure:
        """Ask for one job: `GET {base_url}/serviceJobs/{id}`.

        The `timeout` (seconds) counts from here. To read the key, or to find the API by its name,
        may take longer, which nothing can stop; then no request is made any more. A failure has
        what the headers say where an answer came.
        """
        deadline = time.monotonic() + self.timeout
        said = UNSAID
        try:
            with _ours():
                self.key_sent = key = self._key.read()
                with self._get(f"{self._base_url}/serviceJobs/{job_id}", key, deadline) as response:
                    said = parse_headers(response.headers)
                    body = _checked(response)
            job = Job.from_api(body, job_id, self._words, self._now())
            return Answer(response.status_code, job, said)
        except UpstreamError as error:
            return replace(error.failure, said=said)

    def _get(self, url: str, key: Secret, deadline: float) -> requests.Response:
        """Return the answer, of which the headers have come and the body is still to be read."""
        if time.monotonic() >= deadline:
            message = "the API key could not be read in time"
            raise UpstreamError(ReadTimeout(message, sent=False))
        return self._session.get(
            url,
            auth=_ApiKey(key),
            # requests hands urllib3's own Timeout through, though its types do not say so.
            timeout=EndsAt(deadline),  # type: ignore[arg-type]
            allow_redirects=False,
            stream=True,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


class _Session(requests.Session):
    """A session that knows no redirects.

    `requests` prepares the next request even where it is told not to follow, and reads the whole
    body for it.
    """

    def resolve_redirects(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """Return no further requests."""
        return iter(())


def _session(base_url: str, concurrency: int) -> requests.Session:
    """Return a session without cookies; on a loopback address it asks no proxy either."""
    session = _Session()
    session.headers.update(
        {
            "User-Agent": f"fusebill-exporter/{__version__}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = not is_loopback(urlsplit(base_url).hostname or "")
    adapter = DeadlineAdapter(pool_maxsize=concurrency)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _checked(response: requests.Response) -> bytes:
    """Return the body of a good answer; raise for every status but 200."""
    if response.status_code == requests.codes.ok:
        return _body(response.iter_content(_CHUNK))
    _drain(response)
    raise UpstreamError(_failure(response.status_code))


def _failure(status: int) -> Failure:
    """Return the failure that a status means."""
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
    message = f"the API answered {status}, which is no answer to a read"
    return InvalidResponse(message, status)


def _drain(response: requests.Response) -> None:
    """Read a short body that nobody needs, so that the connection can be used again."""
    size = 0
    with suppress(requests.RequestException, HTTPError, OSError):
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > _CHUNK:
                break


def _body(chunks: Iterable[bytes]) -> bytes:
    """Return the whole body, unpacked; raise UpstreamError when it is too large."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER:
            message = f"the API's answer is larger than {LARGEST_ANSWER // 1024} KiB"
            raise UpstreamError(InvalidResponse(message, requests.codes.ok))
    return bytes(body)


@contextmanager
def _ours() -> Iterator[None]:
    """Turn every foreign exception into one of ours; the one place where that happens."""
    try:
        yield
    except SecretError as error:
        message = f"there is no API key to ask with: {error}"
        raise UpstreamError(Unauthorized(message, sent=False)) from error
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise UpstreamError(_translated(error)) from error


def _translated(error: Exception) -> Failure:
    """Return the failure that an error means, one of requests, urllib3 or the system.

    `requests` hides a timeout in the body of an answer in a ConnectionError, and a TLS failure
    behind a proxy in a ProxyError, so the chain of causes is looked through.
    """
    chain = list(_causes(error))
    if any(isinstance(e, requests.Timeout | ReadTimeoutError | TimeoutError) for e in chain):
        return ReadTimeout("the API did not answer in time")
    if any(isinstance(e, requests.exceptions.SSLError | SSLError | ssl.SSLError) for e in chain):
        return TlsFailed("the TLS connection to the API failed")
    if any(isinstance(e, TooMuch) for e in chain):
        return InvalidResponse("the API's answer has no end")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return InvalidResponse("the API's answer cannot be unpacked", requests.codes.ok)
    return ConnectionFailed(f"the connection to the API failed{_detail(chain)}")


def _detail(chain: Iterable[BaseException]) -> str:
    """Say why a connection failed, in the system's words or in fixed ones: none holds a secret."""
    for error in chain:
        if isinstance(error, NameResolutionError):
            return ": its name was not found"
        if isinstance(error, requests.exceptions.ProxyError):
            return ": the proxy did not let it through"
        if isinstance(error, OSError) and error.strerror:
            return f": {error.strerror}"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and all that it was raised from or wraps."""
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
