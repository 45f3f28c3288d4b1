"""The paths: one small function each. Anything else is 404."""

import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exporter.collector import Collector
from exporter.exposition import ProcessMetrics, compress, write
from exporter.metrics import FAMILIES
from exporter.negotiation import accepts_gzip, negotiate
from exporter.web.page import PAGE_WAIT, Page

log = structlog.get_logger()

Handler = Callable[[Request], Awaitable[Response]]

OWN_PATHS = ("/", "/-/healthy", "/-/ready")


class ExactRoute(Route):
    """A route for one path to the letter; Starlette's own also takes a line feed at its end."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the whole path only."""
        if scope["path"] != self.path:
            return Match.NONE, {}
        return super().matches(scope)


def create_app(collector: Collector, telemetry_path: str) -> Starlette:
    """Return the application that serves one collector."""
    routes = [
        ExactRoute(telemetry_path, metrics(collector)),
        ExactRoute("/", index(collector, telemetry_path)),
        ExactRoute("/-/healthy", healthy),
        ExactRoute("/-/ready", ready(collector)),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(LogRequests)])
    app.router.redirect_slashes = False
    return app


def metrics(collector: Collector) -> Handler:
    """Serve the exposition: 200 whatever the API does.

    Drawing thousands of jobs takes its time too: what the last exposition took is left for it.
    """
    process = ProcessMetrics()
    drawing = 0.0

    async def handle(request: Request) -> Response:
        nonlocal drawing
        timeout = request.headers.get("x-prometheus-scrape-timeout-seconds")
        snapshot = await collector.collect(max(0.0, collector.time_allowed(timeout) - drawing))
        started = time.perf_counter()
        form = negotiate(request.headers.get("accept", ""))
        body = write(FAMILIES, snapshot, form) + process.write(form)
        headers = {"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"}
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            body = compress(body)
            headers["Content-Encoding"] = "gzip"
        drawing = time.perf_counter() - started
        return Response(body, headers=headers)

    return handle


def index(collector: Collector, telemetry_path: str) -> Handler:
    """Serve the page for people."""
    page = Page(telemetry_path)

    async def handle(_request: Request) -> Response:
        return page.response(await collector.look(PAGE_WAIT))

    return handle


async def healthy(_request: Request) -> Response:
    """Say that the program runs; never calls the API."""
    return PlainTextResponse("Healthy\n")


def ready(collector: Collector) -> Handler:
    """Say whether scrapes are served; never calls the API."""

    async def handle(_request: Request) -> Response:
        if collector.stopping:
            return PlainTextResponse("Shutting down\n", status_code=503)
        return PlainTextResponse("Ready\n")

    return handle


class LogRequests:
    """Logs each request at level debug."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log what came of it."""
        started = time.perf_counter()
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            seconds = round(time.perf_counter() - started, 4)
            log.debug(
                "request",
                method=scope.get("method"),
                path=scope.get("path"),
                status=status,
                seconds=seconds,
            )
