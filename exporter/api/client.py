"""The client of the API: each call reads one job with one request.

The client has no policy, never sleeps and never retries. It returns every error as a `Failure`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from exporter import __version__
from exporter.api.connection import Shared
from exporter.api.error_mapping import as_upstream_errors
from exporter.api.rate_limit_headers import parse_headers
from exporter.api.status_failures import failure_of_status
from exporter.api.transport import DeadlineAdapter, EndsAt
from exporter.config.api_key import KeySource, Secret
from exporter.config.sections import Account, Refresh
from exporter.config.values import is_loopback
from exporter.model.attempt import Answer
from exporter.model.errors import UpstreamError
from exporter.model.failures import Failure, InvalidResponse, ReadTimeout
from exporter.model.instant import Instant, now
from exporter.model.job import Job
from exporter.model.rate_limit import UNSAID
from exporter.model.state import State

LARGEST_BODY = 1024 * 1024
"""Most bytes of an unpacked body that the client accepts; the documented body has about 500."""

_CHUNK = 64 * 1024


class _Prepared(NamedTuple):
    """A request without its job and its key, and how to send it: proxies and certificates."""

    request: requests.PreparedRequest
    settings: Mapping[str, Any]


class Client:
    """Reads the jobs of one account. Several threads may read at once.

    `words` are the user's status words in lower case. `clock` tells whether a date from the API is
    plausible, and how old a kept connection is. `timeout` is in seconds.
    """

    def __init__(
        self,
        account: Account,
        key: KeySource,
        refresh: Refresh,
        words: Mapping[str, State],
        clock: Callable[[], Instant] = now,
    ) -> None:
        self._base_url = account.base_url
        self.timeout = refresh.timeout
        self._words = words
        self._clock = clock
        self._key = key
        self._shared = Shared(lambda: clock().monotonic)
        self._session = _session(account.base_url, refresh.concurrency, self._shared)

    def read(self, job_id: int) -> Answer | Failure:
        """Read one job: `GET {base_url}/serviceJobs/{id}`.

        The `timeout` starts here. Reading the key and resolving the API's host name cannot be
        interrupted and may take longer; then the client sends no request. If there was an answer,
        a failure carries the rate limits that its headers state.
        """
        deadline = time.monotonic() + self.timeout
        sent, said = self._shared.sent, UNSAID
        sent.requests = 0
        try:
            with as_upstream_errors():
                key = self._key.read()
                with self._get(job_id, key, deadline) as response:
                    said = parse_headers(response.headers)
                    body = _body_of_ok(response)
            job = Job.from_api(body, job_id, self._words, self._clock().unix)
            return Answer(response.status_code, job, said, sent.requests)
        except UpstreamError as error:
            requests = max(error.failure.requests, sent.requests)
            return replace(error.failure, said=said, requests=requests)

    def _get(self, job_id: int, key: Secret, deadline: float) -> requests.Response:
        """Send the request; return the answer once its headers have arrived, its body unread."""
        if time.monotonic() >= deadline:
            message = "the API key could not be read in time"
            raise UpstreamError(ReadTimeout(message, requests=0))
        request = self._prepared.request.copy()
        request.url = f"{request.url}/{job_id}"
        # The key is already base64, so nothing encodes it. It replaces a password of a .netrc file.
        request.headers["Authorization"] = f"Basic {key.reveal()}"
        return self._session.send(
            request,
            # requests passes urllib3's own Timeout on, though its types do not say so.
            timeout=EndsAt(deadline),  # type: ignore[arg-type]
            allow_redirects=False,
            **self._prepared.settings,
        )

    @cached_property
    def _prepared(self) -> _Prepared:
        """The part that all requests share, prepared once. Raises ValueError for a bad address."""
        request = self._session.prepare_request(
            requests.Request("GET", f"{self._base_url}/serviceJobs")
        )
        settings = self._session.merge_environment_settings(
            request.url, proxies={}, stream=True, verify=None, cert=None
        )
        return _Prepared(request, settings)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Session(requests.Session):
    """A session that ignores redirects.

    Even with `allow_redirects=False`, `requests` prepares the next request, and reads the whole
    body to do so.
    """

    def resolve_redirects(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """Return no further requests."""
        return iter(())


def _session(base_url: str, concurrency: int, shared: Shared) -> requests.Session:
    """Return a session without cookies, and without a proxy to a loopback address."""
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
    adapter = DeadlineAdapter(shared, pool_maxsize=concurrency)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _body_of_ok(response: requests.Response) -> bytes:
    """Return the body of a 200; raise UpstreamError for every other status."""
    if response.status_code == requests.codes.ok:
        return _whole(response.iter_content(_CHUNK))
    _drain(response)
    page = response.headers.get("Content-Type", "").lower().startswith("text/html")
    raise UpstreamError(failure_of_status(response.status_code, page=page))


def _drain(response: requests.Response) -> None:
    """Read and discard a short body, so that the connection can be used again."""
    size = 0
    with suppress(HTTPError, OSError):
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > _CHUNK:
                break


def _whole(chunks: Iterable[bytes]) -> bytes:
    """Return the whole body, unpacked; raise UpstreamError if it is too large."""
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_BODY:
            message = f"the API's answer is larger than {LARGEST_BODY // 1024} KiB"
            raise UpstreamError(InvalidResponse(message, requests.codes.ok))
    return bytes(body)
