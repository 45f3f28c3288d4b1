"""Request targets in absolute form, as clients send them to a proxy."""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_ORIGIN = re.compile(
    rb"https?://(?:[^/?#@]*@)?(?:[a-z0-9._~!$&'()*+,;=%-]+|\[[a-z0-9._~:%-]+\])(?::[0-9]*)?(?=/|\Z)",
    re.IGNORECASE,
)
"""The scheme and the authority of a target in absolute form (RFC 9110, 4.2).

Nobody should send a user there. It goes too, so that no password is in the request log.
"""


class InOriginForm:
    """An ASGI application that passes each request to another one with its path alone.

    A scraper behind a proxy asks for `http://host:10423/metrics`, and RFC 9112, 3.2.2, says that a
    server must accept that. The RFC also says to ignore the Host header then: nothing here uses it.
    Any other target, such as `*`, is passed on as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw: bytes = scope["raw_path"]
        if origin := _ORIGIN.match(raw):
            raw = raw[origin.end() :] or b"/"
            scope = {**scope, "raw_path": raw, "path": unquote(raw.decode("ascii"))}
        await self._app(scope, receive, send)
