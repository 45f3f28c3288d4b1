"""How one read of one job can fail, as values: an exception would keep its frames, and the answer.

Failure                the `reason` of the metrics
├── ReadTimeout        timeout           no whole answer within the time allowed
├── ConnectionFailed   connection        no connection, or it broke
├── TlsFailed          tls               no trust, or no common protocol
├── Unauthorized       unauthorized      401, 403
├── NotFound           not_found         404
├── RateLimited        rate_limited      429
├── ClientError        client_error      any other 4xx
├── ServerError        server_error      5xx
└── InvalidResponse    invalid_response  the answer is not one of the API's
"""

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from exporter.model.rate_limit import UNSAID, RateLimit


@dataclass(frozen=True)
class Failure:
    """A read of a job failed.

    `message` says what was seen in plain words, never the API key. `status` is the HTTP status of
    the answer, None when there was none; `sent` says whether a request was made at all, and `said`
    what the answer's headers say of the rate limits.
    """

    reason: ClassVar[str]

    message: str
    status: int | None = None
    _: KW_ONLY
    sent: bool = True
    said: RateLimit = UNSAID

    def __str__(self) -> str:
        return self.message

    @property
    def api_is_up(self) -> bool:
        """Whether the API answered, all the same, and accepted the key."""
        return False

    @property
    def refuses_key(self) -> bool:
        """Whether it is the key that is refused."""
        return False


class ReadTimeout(Failure):
    """No whole answer came within the time allowed."""

    reason = "timeout"


class ConnectionFailed(Failure):
    """There was no connection, or it broke before the answer was whole."""

    reason = "connection"


class TlsFailed(Failure):
    """The server is not trusted, or there is no protocol in common."""

    reason = "tls"


class Unauthorized(Failure):
    """The API refused the key (401, 403)."""

    reason = "unauthorized"

    @property
    def refuses_key(self) -> bool:
        """It is what the answer says."""
        return True


class NotFound(Failure):
    """The API knows no such job (404)."""

    reason = "not_found"

    @property
    def api_is_up(self) -> bool:
        """It looked for the job."""
        return True


class RateLimited(Failure):
    """The account has spent its requests of this minute or this day (429)."""

    reason = "rate_limited"

    @property
    def api_is_up(self) -> bool:
        """It counts by account, so it knew the key."""
        return True


class ClientError(Failure):
    """The API refused the request (any other 4xx)."""

    reason = "client_error"

    @property
    def api_is_up(self) -> bool:
        """400 may mean a key in the wrong format; 407 is a proxy's answer."""
        return self.status not in (400, 407)


class ServerError(Failure):
    """The API, or what stands in front of it, failed (5xx)."""

    reason = "server_error"


@dataclass(frozen=True)
class InvalidResponse(Failure):
    """What came is no answer of the API: a redirect, no JSON, a missing field, an absurd number.

    `from_api` says that it is at least a JSON object, so the API's and not of something before it.
    """

    reason = "invalid_response"

    from_api: bool = False

    @property
    def api_is_up(self) -> bool:
        """A maintenance page is not the API, whatever its status."""
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
