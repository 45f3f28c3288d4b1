"""What stands before the application: the web configuration, its headers, its users.

The order is the toolkit's: rate limit (429), headers, users (401), and only then the application,
so every path is behind the users. Other than there, a configuration that turns bad is no 500: the
last good one stays in force. And the headers are on refusals too, and a configured header replaces
the answer's own of that name: what the operator says of his pages stands, also where the page's own
Content-Security-Policy is stricter.
"""

import asyncio
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.access.bucket import Bucket
from exporter.web.access.passwords import Passwords, credentials
from exporter.web.access.peer import Peer
from exporter.web.access.reload import Access
from exporter.web.access.web_config import WebConfig
from exporter.web.request_log import LogRequests

log = structlog.get_logger()

LARGEST_HEADER = 16 * 1024
"""Bytes of a request's line and header."""

LARGEST_BODY = 16 * 1024
"""Bytes of a request's body; no path needs any."""


class Admission:
    """An application that lets through to another what the web configuration allows."""

    def __init__(self, app: ASGIApp, access: Access, passwords: Passwords | None = None) -> None:
        self._app = app
        self._access = access
        self._passwords = passwords or Passwords()
        self._bucket = Bucket(access.config.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is refused; pass on any other, with the time when it `arrived`.

        A connection whose certificate is no longer allowed ends without an answer, so its client
        shakes hands anew and is judged as any new one.
        """
        scope["state"]["arrived"] = asyncio.get_running_loop().time()
        peer: Peer = scope["state"]["peer"]
        await self._access.reread()
        headers = Headers(scope=scope)
        refusal = (
            _ends_twice(scope, headers)
            or self._too_fast(self._access.config)
            or _too_large(scope, headers)
            or await self._unknown(headers, scope, peer)
        )
        if not self._access.admits(peer):
            log.debug("client certificate is no longer allowed", client=_address(scope))
            await peer.end()
            return
        app = self._app if refusal is None else LogRequests(refusal)
        await app(scope, receive, _with_headers(send, self._access.config.headers))

    def _too_fast(self, config: WebConfig) -> Response | None:
        if self._bucket.limit != config.rate_limit:
            self._bucket = Bucket(config.rate_limit)
        return None if self._bucket.take() else _refusal(429, "Too Many Requests")

    async def _unknown(self, headers: Headers, scope: Scope, peer: Peer) -> Response | None:
        """Refuse who is no user, by what is in force when that is known: a check takes its time."""
        given = credentials(headers.get("authorization", ""))
        while users := self._access.config.basic_auth_users:
            is_right = given is not None and await self._passwords.are_right(
                given, users, _address(scope), peer
            )
            if users == self._access.config.basic_auth_users:
                refusal = _refusal(401, "Unauthorized", {"WWW-Authenticate": "Basic"})
                return None if is_right else refusal
        return None


def _ends_twice(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a request whose end a proxy may see elsewhere, and hide another one in its body.

    h11 goes by the chunks where a length is given too, and in HTTP/1.0. RFC 9112, 6.1: refuse, or
    at least close the connection. That comes even before the rate limit, which closes none.
    """
    if "transfer-encoding" not in headers:
        return None
    if "content-length" not in headers and scope["http_version"] != "1.0":
        return None
    return _refusal(400, "Bad Request", {"Connection": "close"})


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("", 0))[0])


def _too_large(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a large header, which may have come in one piece, and a body by its announced length.

    What sends a header without an end, or a body without a length, is bounded by its connection.
    """
    target = len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))
    if target + sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEADER:
        return _refusal(431, "Request Header Fields Too Large", {"Connection": "close"})
    length = headers.get("content-length", "0")
    if len(length) <= len(str(LARGEST_BODY)) and int(length) <= LARGEST_BODY:
        return None
    return _refusal(413, "Content Too Large", {"Connection": "close"})


def _refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Set the configured headers on whatever is answered."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in headers.items():
                answer[name] = value
            message = {**message, "headers": answer.raw}
        await send(message)

    return send_with_headers
