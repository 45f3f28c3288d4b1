"""The client of the API: each call reads one job with one request.

The client has no policy, never sleeps and never retries. It returns every error as a `Failure`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

import requests
from urllib3.exceptions import HTTPError

from exporter.api.connection import Shared
from exporter.api.error_mapping import as_upstream_errors
from exporter.api.rate_limit_headers import parse_headers
from exporter.api.session import Way
from exporter.api.status_failures import failure_of_status
from exporter.api.transport import EndsAt
from exporter.config.api_key import KeySource, Secret
from exporter.config.proxy import Proxy
from exporter.config.sections import Account, Refresh
from exporter.config.tls_files import TlsFiles
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


class Client:
    """Reads the jobs of one account. Several threads may read at once.

    `words` are the user's status words in lower case. `clock` tells whether a date from the API is
    plausible, and how old a kept connection is. `timeout` is in seconds. `tls_files` are the
    account's, loaded before; None: the client loads them.
    """

    def __init__(  # noqa: PLR0913  all that says how an account is read
        self,
        account: Account,
        key: KeySource,
        refresh: Refresh,
        words: Mapping[str, State],
        clock: Callable[[], Instant] = now,
        *,
        tls_files: TlsFiles | None = None,
    ) -> None:
        self.timeout = refresh.timeout
        self._words = words
        self._clock = clock
        self._key = key
        self._shared = Shared(lambda: clock().monotonic)
        self._way = Way(account, refresh.concurrency, self._shared, tls_files)

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
            with as_upstream_errors(self._way.proxy):
                key = self._key.read()
                with self._get(job_id, key, deadline) as response:
                    said = parse_headers(response.headers)
                    body = _body_of_ok(response, self._way.proxy)
            job = Job.from_api(body, job_id, self._words, self._clock().unix)
            return Answer(response.status_code, job, said, sent.requests)
        except UpstreamError as error:
            # A failed connection counts as a request, as the API may have seen one.
            requests = max(error.failure.requests, sent.requests)
            return replace(error.failure, said=said, requests=requests)

    def _get(self, job_id: int, key: Secret, deadline: float) -> requests.Response:
        """Send the request; return the answer once its headers have arrived, its body unread."""
        prepared = self._way.prepared()
        if time.monotonic() >= deadline:
            message = "the API key or the TLS files could not be read in time"
            raise UpstreamError(ReadTimeout(message, requests=0))
        request = prepared.request.copy()
        request.url = f"{request.url}/{job_id}"
        # The key is already base64, so nothing encodes it.
        request.headers["Authorization"] = f"Basic {key.reveal()}"
        return prepared.session.send(
            request,
            # requests passes urllib3's own Timeout on, though its types do not say so.
            timeout=EndsAt(deadline),  # type: ignore[arg-type]
            allow_redirects=False,
            **prepared.settings,
        )

    def close(self) -> None:
        """Let the connections end with the reads under way."""
        self._way.close()


def _body_of_ok(response: requests.Response, proxy: Proxy | None) -> bytes:
    """Return the body of a 200; raise UpstreamError for every other status."""
    if response.status_code == requests.codes.ok:
        return _whole(response.iter_content(_CHUNK))
    _drain(response)
    page = response.headers.get("Content-Type", "").lower().startswith("text/html")
    by_proxy = proxy if response.url.startswith("http:") else None  # in a tunnel the API answers
    raise UpstreamError(failure_of_status(response.status_code, page=page, proxy=by_proxy))


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
