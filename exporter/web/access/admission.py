"""The checks that a request passes before it reaches the application.

Their order is the exporter-toolkit's: rate limit (429), headers, users (401), then the application.
So every path needs a user. Two things differ from the toolkit:

- A configuration that turns bad causes no 500: the last good configuration stays in force.
- Refusals carry the configured headers too, and a configured header replaces a header of the same
  name in the answer. So the operator's policy holds, even if the page's Content-Security-Policy is
  stricter.
"""

import asyncio
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.web.access.passwords import Passwords, credentials
from exporter.web.access.peer import Peer, address_of
from exporter.web.access.reload import Access
from exporter.web.access.token_bucket import TokenBucket

log = structlog.get_logger()

LARGEST_HEADER = 16 * 1024
"""Most bytes of a request's line and header."""

LARGEST_BODY = 16 * 1024
"""Most bytes of a request's body; no path needs a body."""


class Admission:
    """An ASGI application that passes the requests that the web configuration allows to another."""

    def __init__(self, app: ASGIApp, access: Access, passwords: Passwords | None = None) -> None:
        self._app = app
        self._access = access
        self._passwords = passwords or Passwords()
        self._bucket = TokenBucket(access.config.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on; note in the scope's state when it `arrived`.

        `arrived` is in the event loop's seconds. If the client's certificate is no longer allowed,
        close the connection without an answer: the client then begins a new handshake, and is
        judged like any new client.
        """
        scope["state"]["arrived"] = asyncio.get_running_loop().time()
        peer: Peer = scope["state"]["peer"]
        await self._access.reread()
        headers = Headers(scope=scope)
        client = address_of(scope.get("client"))
        refusal = (
            _refuse_two_ends(scope, headers)
            or self._refuse_too_fast()
            or _refuse_too_large(scope, headers)
            or await self._refuse_unknown_user(headers, client, peer)
        )
        if not self._access.admits(peer):
            log.debug("client certificate is no longer allowed", client=client)
            await peer.end()
            return
        answer = self._app if refusal is None else refusal
        await answer(scope, receive, _with_headers(send, self._access.config.headers))

    def _refuse_too_fast(self) -> Response | None:
        """Refuse a request over the rate limit; a changed limit starts with a full bucket."""
        limit = self._access.config.rate_limit
        if self._bucket.limit != limit:
            self._bucket = TokenBucket(limit)
        return None if self._bucket.take() else _refusal(429, "Too Many Requests")

    async def _refuse_unknown_user(
        self, headers: Headers, client: str, peer: Peer
    ) -> Response | None:
        """Refuse a client that is not a user. Check again if the users changed during the check."""
        given = credentials(headers.get("authorization", ""))
        while users := self._access.config.basic_auth_users:
            is_right = given is not None and await self._passwords.are_right(
                given, users, client, peer
            )
            if users == self._access.config.basic_auth_users:
                refusal = _refusal(401, "Unauthorized", {"WWW-Authenticate": "Basic"})
                return None if is_right else refusal
        return None


def _refuse_two_ends(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a request whose end is ambiguous for a proxy: its body could hide another request.

    h11 reads chunks even if the request also has a length or is HTTP/1.0. RFC 9112, 6.1, says to
    refuse such a request, or at least to close the connection. This check comes before the rate
    limit, which closes no connection.
    """
    if "transfer-encoding" not in headers:
        return None
    if "content-length" not in headers and scope["http_version"] != "1.0":
        return None
    return _refusal(400, "Bad Request", {"Connection": "close"})


def _refuse_too_large(scope: Scope, headers: Headers) -> Response | None:
    """Refuse a large header, and a body whose announced length is too large.

    The connection itself limits endless headers and bodies without a length. But a large header
    that comes in one piece gets this far.
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
    """Return a `send` that sets the configured headers on every answer."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in headers.items():
                answer[name] = value
            message = {**message, "headers": answer.raw}
        await send(message)

    return send_with_headers
