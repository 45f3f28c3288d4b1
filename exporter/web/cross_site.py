"""Protection against cross-site requests, for the paths that do more than show values."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Handler = Callable[[Request], Awaitable[Response]]


def refuse_cross_site(handle: Handler) -> Handler:
    """Answer 403 to a browser's request from another site; `handle` every other request.

    Any web page can make its reader's browser send requests here, with the password that the
    browser knows. The header `Sec-Fetch-Site` (W3C Fetch Metadata) says where a request comes from.
    No script can set it, and clients other than browsers do not send it.
    """

    async def handle_unless_cross_site(request: Request) -> Response:
        sites = request.headers.getlist("sec-fetch-site")
        if any(site.strip().lower() == "cross-site" for site in sites):
            return PlainTextResponse("Cross-site request refused\n", status_code=403)
        return await handle(request)

    return handle_unless_cross_site
