"""The checks that a request passes before it reaches the application.

Their order is the exporter-toolkit's: rate limit (429), headers, users (401), then the application.
So every path is behind the users. Two things differ from the toolkit:

- A configuration that turns bad is no 500: the last good one stays in force.
- Refusals carry the configured headers too, and a configured header replaces the answer's own of
  that name. The operator's policy holds even where the page's own Content-Security-Policy is
  stricter.
"""

import asyncio
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.access.passwords import Passwords, credentials
from exporter.web.access.peer import Peer
from exporter.web.access.reload import Access
from exporter.web.access.token_bucket import TokenBucket

log = structlog.get_logger()

LARGEST_HEADER = 16 * 1024
"""Bytes of a request's line and header."""

LARGEST_BODY = 16 * 1024
"""Bytes of a request's body; no path needs any."""


class Admission:
    """An ASGI application that passes on to another what the web configuration allows."""

    def __init__(self, app: ASGIApp, access: Access, passwords: Passwords | None = None) -> None:
        self._app = app
        self._access = access
        self._passwords = passwords or Passwords()
        self._bucket = TokenBucket(access.config.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on; the scope's state says when it `arrived`.

        `arrived` is a time of the event loop, in seconds. Where the client's certificate is no
        longer allowed, close the connection without an answer: the client then begins a new
        handshake and is judged as any new one.
        """
        scope["state"]["arrived"] = asyncio.get_running_loop().time()
        peer: Peer = scope["state"]["peer"]
        await self._access.reread()
        headers = Headers(scope=scope)
        refusal = (
            _refuse_two_ends(scope, headers)
            or self._refuse_too_fast()
            or _refuse_too_large(scope, headers)
            or await self._refuse_unknown_user(headers, scope, peer)
        )
        if not self._access.admits(peer):
            log.debug("client certificate is no longer allowed", client=_address(scope))
            await peer.end()
            return
        answer = self._app if refusal is None else refusal
        await answer(scope, receive, _with_headers(send, self._access.config.headers))

    def _refuse_too_fast(self) -> Response | None:
        """Refuse a request over the rate limit; a changed limit begins with a full bucket."""
        limit = self._access.config.rate_limit
        if self._bucket.limit != limit:
            self._bucket = TokenBucket(limit)
        return None if self._bucket.take() else _refusal(429, "Too Many Requests")

    async def _refuse_unknown_user(
        self, headers: Headers, scope: Scope, peer: Peer
    ) -> Response | None:
        """Refuse who is no user. Checks again if the users changed during the check."""
        given = credentials(headers.get("authorization", ""))
        while users := self._access.config.basic_auth_users:
            is_right = given is not None and await self._passwords.are_right(
                given, users, _address(scope), peer
            )
            if users == self._access.config.basic_auth_users:
                refusal = _refusal(401, "Unauthorized", {"WWW-Authenticate": "Basic"})
                return None if is_right else refusal
        return None


def _refuse_two_ends(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a request whose end a proxy may see elsewhere: its body could hide another request.

    h11 goes by the chunks even with a length or in HTTP/1.0. RFC 9112, 6.1: refuse, or at least
    close the connection. The rate limit comes later, since it closes no connection.
    """
    if "transfer-encoding" not in headers:
        return None
    if "content-length" not in headers and scope["http_version"] != "1.0":
        return None
    return _refusal(400, "Bad Request", {"Connection": "close"})


def _refuse_too_large(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a large header, and a body whose announced length is too large.

    The connection bounds a header without an end and a body without a length; a large header that
    came in one piece gets this far.
    """
    target = len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))
    if target + sum(len(name) + len(value) for name, value in headers.raw) > LARGEST_HEADER:
        return _refusal(431, "Request Header Fields Too Large", {"Connection": "close"})
    length = headers.get("content-length", "0")
    if len(length) <= len(str(LARGEST_BODY)) and int(length) <= LARGEST_BODY:
        return None
    return _refusal(413, "Content Too Large", {"Connection": "close"})


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("", 0))[0])


def _refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers)


def _with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """Return a `send` that sets the configured headers on every answer."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in headers.items():
                answer[name] = value
            message = {**message, "headers": answer.raw}
        await send(message)

    return send_with_headers
