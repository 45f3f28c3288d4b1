"""The guard of the paths that act against other sites, which can make a browser send requests."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

Handler = Callable[[Request], Awaitable[Response]]


def refuse_cross_site(handle: Handler) -> Handler:
    """Answer 403 where a browser says that another site asks, and `handle` any other request.

    Any page can make the browser of its reader send requests here, with the password that the
    browser knows. `Sec-Fetch-Site` (W3C Fetch Metadata) says where a request comes from, and no
    script can write it. A client that is no browser does not send it.
    """

    async def handle_unless_cross_site(request: Request) -> Response:
        sites = request.headers.getlist("sec-fetch-site")
        if any(site.strip().lower() == "cross-site" for site in sites):
            return PlainTextResponse("Another site asks for this\n", status_code=403)
        return await handle(request)

    return handle_unless_cross_site
