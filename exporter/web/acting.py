"""Paths that act: they are for those who come of themselves, not for those whom a site sends."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Handler = Callable[[Request], Awaitable[Response]]


def acting(handle: Handler) -> Handler:
    """Refuse with 403 what another site asks for, by a browser's word; let through anything else.

    A page anywhere can make the browser of whoever looks at it send requests, with the password
    that the browser knows. `Sec-Fetch-Site` is the browser's word, which no script can write (W3C
    Fetch Metadata); who is no browser sends none.
    """

    async def unless_another_site_asks(request: Request) -> Response:
        sites = request.headers.getlist("sec-fetch-site")
        if any(site.strip().lower() == "cross-site" for site in sites):
            return PlainTextResponse("Another site asks for this\n", status_code=403)
        return await handle(request)

    return unless_another_site_asks
