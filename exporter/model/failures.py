"""How a read of a job can fail, as values.

Failure                the `reason` of the metrics
├── ReadTimeout        timeout           no complete answer within the time allowed
├── ConnectionFailed   connection        no connection, or it broke
├── TlsFailed          tls               an untrusted certificate, or no common protocol
├── Unauthorized       unauthorized      401, 403
├── NotFound           not_found         404
├── RateLimited        rate_limited      429
├── ClientError        client_error      any other 4xx
├── ServerError        server_error      5xx
└── InvalidResponse    invalid_response  not an answer that the API gives

Failures are not exceptions, because readings keep them, and an exception would keep its frames and
the answer alive. The exceptions are in `errors`; its UpstreamError carries a Failure.
"""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from exporter.model.rate_limit import UNSAID, RateLimit


@dataclass(frozen=True)
class Failure:
    """A failed read of a job.

    `message` says in plain words what happened, and never holds the API key. `status` is the HTTP
    status of the answer; None: no answer. `requests` counts the requests that were sent, or may
    have been. `said` is what the answer's headers state about the rate limits. `refuses_key`: the
    API rejects the key.
    """

    reason: ClassVar[str]
    refuses_key: ClassVar[bool] = False

    message: str
    status: int | None = None
    _: KW_ONLY
    requests: int = 1
    said: RateLimit = UNSAID

    def __str__(self) -> str:
        return self.message

    @property
    def sent(self) -> bool:
        """Whether a request was sent at all."""
        return self.requests > 0

    @property
    def api_is_up(self) -> bool:
        """Whether the API answered and accepted the key, despite the failure."""
        return False


class ReadTimeout(Failure):
    """No complete answer came within the time allowed."""

    reason = "timeout"


class ConnectionFailed(Failure):
    """There was no connection, or it broke before the answer was complete."""

    reason = "connection"


class TlsFailed(Failure):
    """A certificate is not trusted, on either side, or the two share no TLS protocol."""

    reason = "tls"


class Unauthorized(Failure):
    """The API refused the key (401, 403), or there is no key to send."""

    reason = "unauthorized"
    refuses_key = True


class NotFound(Failure):
    """The API does not know the job (404), so it accepted the key and looked for the job."""

    reason = "not_found"
    api_is_up = True


class RateLimited(Failure):
    """The account has spent its requests of this minute or day (429).

    The API counts by account, so it accepted the key.
    """

    reason = "rate_limited"
    api_is_up = True


class ClientError(Failure):
    """The API refused the request (any other 4xx)."""

    reason = "client_error"

    @property
    def api_is_up(self) -> bool:
        """True, except for 400, which may mean a malformed key, and 407, a proxy's answer."""
        return self.status not in (400, 407)


class ServerError(Failure):
    """The API, or a proxy in front of it, failed (5xx)."""

    reason = "server_error"


@dataclass(frozen=True)
class InvalidResponse(Failure):
    """The answer is not one that the API gives: a redirect, no JSON, a missing or absurd field.

    `from_api` says that the answer is at least a JSON object, so it came from the API and not from
    a proxy in front of it.
    """

    reason = "invalid_response"

    from_api: bool = False

    @property
    def api_is_up(self) -> bool:
        """Whether the answer came from the API, not from a maintenance page."""
        return self.from_api


FAILURES: tuple[type[Failure], ...] = (
    ReadTimeout,
    ConnectionFailed,
    TlsFailed,
    Unauthorized,
    NotFound,
    RateLimited,
    ClientError,
    ServerError,
    InvalidResponse,
)
REASONS: tuple[str, ...] = tuple(failure.reason for failure in FAILURES)
"""Every value of the label `reason`, in the order of the tree."""
