"""What can go wrong, as one tree.

ExporterError
├── ConfigError            a file, key or environment variable is missing or malformed
├── SecretError            there is no usable API key
├── ListenError            an address cannot be listened on
└── UpstreamError          one read of one job failed; each has the `reason` of the metrics
    ├── ReadTimeout        timeout           no whole answer within the time allowed
    ├── ConnectionFailed   connection        no connection, or it broke
    ├── TlsFailed          tls               no trust, or no common protocol
    ├── Unauthorized       unauthorized      401, 403
    ├── NotFound           not_found         404
    ├── RateLimited        rate_limited      429
    ├── ClientError        client_error      any other 4xx
    ├── ServerError        server_error      5xx
    └── InvalidResponse    invalid_response  what came is not an answer of the API
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from exporter.rate_limit import UNSAID, RateLimit

_WORD = r"[0-9]{0,3}(?:[A-Z]+|[A-Z]?[a-z\x80-\uffff]+(?:[A-Z][a-z]{2,})*)[0-9]{0,3}"
_NAME = re.compile(rf"_*{_WORD}(?:[_. -](?:{_WORD}|[0-9]{{1,3}}))*_*|[0-9]{{1,19}}")
"""Words as people and programs write names, `base_url` or `baseUrl`; or a job's id."""

_LONGEST_NAME = 40


def told_name(name: str) -> str:
    """Return a name that stands in a user's file, unless it may be a secret in a wrong place."""
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else "(…)"


def printable(text: str) -> str:
    """Return a text in one line: what would end a line or move a cursor is written as an escape."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


class Problem(NamedTuple):
    """One thing that is wrong in a file: where (`accounts[0].jobs[2].id`), and what was expected.

    An empty path means the file as a whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.message}" if self.path else self.message)


class ExporterError(Exception):
    """The root: whatever the exporter itself raises on purpose."""


class ConfigError(ExporterError):
    """A file is not what it has to be. Says the file and every problem in it, in one line."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(f"{printable(str(file))}: " + "; ".join(map(str, self.problems)))

    def lines(self) -> tuple[str, ...]:
        """Return each problem in a line of its own, with the file."""
        return tuple(f"{printable(str(self.file))}: {problem}" for problem in self.problems)


class SecretError(ExporterError):
    """There is no usable key. Says what was expected and never what was found."""


class ListenError(ExporterError):
    """An address cannot be listened on. Says which, and why."""


class UpstreamError(ExporterError):
    """A read of a job failed.

    `status` is the HTTP status of the answer, None when there was none; `sent` says whether a
    request was made at all, and `said` what the answer's headers say of the rate limits. The text
    says what was seen in plain words, never the API key.
    """

    reason: ClassVar[str]
    said: RateLimit = UNSAID

    def __init__(self, message: str, status: int | None = None, *, sent: bool = True) -> None:
        super().__init__(message)
        self.status = status
        self.sent = sent

    @property
    def api_is_up(self) -> bool:
        """Whether the API answered, all the same, and accepted the key."""
        return False

    @property
    def refuses_key(self) -> bool:
        """Whether it is the key that is refused."""
        return False


class ReadTimeout(UpstreamError):
    """No whole answer came within the time allowed."""

    reason = "timeout"


class ConnectionFailed(UpstreamError):
    """There was no connection, or it broke before the answer was whole."""

    reason = "connection"


class TlsFailed(UpstreamError):
    """The server is not trusted, or there is no protocol in common."""

    reason = "tls"


class Unauthorized(UpstreamError):
    """The API refused the key (401, 403)."""

    reason = "unauthorized"

    @property
    def refuses_key(self) -> bool:
        """It is what the answer says."""
        return True


class NotFound(UpstreamError):
    """The API knows no such job (404)."""

    reason = "not_found"

    @property
    def api_is_up(self) -> bool:
        """It looked for the job."""
        return True


class RateLimited(UpstreamError):
    """The account has spent its requests of this minute or this day (429)."""

    reason = "rate_limited"

    @property
    def api_is_up(self) -> bool:
        """It counts by account, so it knew the key."""
        return True


class ClientError(UpstreamError):
    """The API refused the request (any other 4xx)."""

    reason = "client_error"

    @property
    def api_is_up(self) -> bool:
        """400 may mean a key in the wrong format; 407 is a proxy's answer."""
        return self.status not in (400, 407)


class ServerError(UpstreamError):
    """The API, or what stands in front of it, failed (5xx)."""

    reason = "server_error"


class InvalidResponse(UpstreamError):
    """What came is no answer of the API: a redirect, no JSON, a missing field, an absurd number.

    `from_api` says that it is at least a JSON object, so the API's and not of something before it.
    """

    reason = "invalid_response"

    def __init__(self, message: str, status: int | None = None, *, from_api: bool = False) -> None:
        super().__init__(message, status)
        self.from_api = from_api

    @property
    def api_is_up(self) -> bool:
        """A maintenance page is not the API, whatever its status."""
        return self.from_api


UPSTREAM_ERRORS: tuple[type[UpstreamError], ...] = (
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
REASONS: tuple[str, ...] = tuple(error.reason for error in UPSTREAM_ERRORS)
"""Every value of the label `reason`, in the order of the tree."""
