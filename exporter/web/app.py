"""The paths: one small function each. Anything else is 404."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from exporter.exposition.job_metrics import JOB_FAMILIES
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.negotiation import accepts_gzip, negotiate
from exporter.exposition.text import (
    Exposition,
    Format,
    ProcessMetrics,
    compress,
    end_of,
    packed,
    write,
)
from exporter.jobs.snapshot import Snapshot
from exporter.scrape.collector import Collector
from exporter.scrape.threads import in_daemon
from exporter.scrape.timeout import HEADER, RenderTime, time_allowed
from exporter.web.acting import Handler, acting
from exporter.web.page.page import Page, page_wait
from exporter.web.request_log import LogRequests
from exporter.web.shared import Shared
from exporter.web.target import target_of
from exporter.web.turns import gathered

log = structlog.get_logger()

Reload = Callable[[], Awaitable[Sequence[str]]]
"""Loads the configuration anew, and returns what is wrong with it."""

Complete = Callable[[Snapshot], Snapshot]
"""Completes a snapshot with what only the running program knows, such as its web configuration."""


class Form(NamedTuple):
    """How a scraper wants an exposition."""

    text: Format
    packs: bool
    """In gzip."""


OWN_PATHS = ("/", "/-/healthy", "/-/ready", "/-/reload", "/probe")


class ExactRoute(Route):
    """A route for one path to the letter; Starlette's own also takes a line feed at its end."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the whole path only."""
        if scope["path"] != self.path:
            return Match.NONE, {}
        return super().matches(scope)


async def _nothing_to_reload() -> Sequence[str]:
    return ()


def _as_it_is(snapshot: Snapshot) -> Snapshot:
    return snapshot


def create_app(
    collector: Collector,
    telemetry_path: str,
    reload: Reload = _nothing_to_reload,
    complete: Complete = _as_it_is,
) -> Starlette:
    """Return the application that serves one collector."""
    routes = [
        ExactRoute(telemetry_path, metrics(collector, complete)),
        ExactRoute("/", index(collector, Page(telemetry_path), complete)),
        ExactRoute("/probe", acting(probe(collector))),
        ExactRoute("/-/healthy", healthy),
        ExactRoute("/-/ready", ready(collector)),
        ExactRoute("/-/reload", acting(reloading(collector, reload)), methods=["POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(LogRequests)])
    app.router.redirect_slashes = False
    return app


def metrics(collector: Collector, complete: Complete = _as_it_is) -> Handler:
    """Serve the exposition: 200 whatever the API does.

    To draw thousands of jobs takes its time too, which is left for it; and others have their turn
    meanwhile.
    """
    exposition, process, drawing = Exposition(FAMILIES), ProcessMetrics(), RenderTime()

    async def draw(form: Form) -> bytes:
        text, packs = form
        snapshot = complete(collector.snapshot())
        whole = chain(exposition.pieces(snapshot, text), (process.write(text),))
        return await gathered(packed(whole) if packs else whole)

    bodies = Shared(draw)

    async def handle(request: Request) -> Response:
        allowed = _time_allowed(collector, request)
        await collector.refresh(drawing.time_for_reads(allowed, collector.watched))
        clock = asyncio.get_running_loop().time
        started = clock()
        form = Form(negotiate(request.headers.get("accept", "")), _takes_gzip(request))
        body = await bodies.get(form)
        drawing.took(clock() - started, collector.watched)
        return Response(body, headers=_headers(form))

    return handle


def probe(collector: Collector) -> Handler:
    """Serve the families of one job, watched or not; 400 for what is no job of an account."""

    async def handle(request: Request) -> Response:
        try:
            account, job_id = target_of(request.query_params, collector.accounts)
        except ValueError as error:
            return PlainTextResponse(f"{error}\n", status_code=400)
        snapshot = await collector.probe(account, job_id, _time_allowed(collector, request))
        form = Form(negotiate(request.headers.get("accept", "")), _takes_gzip(request))
        body = write(JOB_FAMILIES, snapshot, form.text) + end_of(form.text)
        return Response(compress(body) if form.packs else body, headers=_headers(form))

    return handle


def _time_allowed(collector: Collector, request: Request) -> float:
    """Return the seconds that are left: those for authentication, before this, are gone."""
    header = request.headers.get(HEADER)
    now = asyncio.get_running_loop().time()
    gone = now - getattr(request.state, "arrived", now)
    return time_allowed(header, collector.scrape_timeout, gone)


def _takes_gzip(request: Request) -> bool:
    return accepts_gzip(request.headers.get("accept-encoding", ""))


def _headers(form: Form) -> dict[str, str]:
    """Return the headers of an exposition."""
    headers = {"Content-Type": form.text.value, "Vary": "Accept, Accept-Encoding"}
    return headers | {"Content-Encoding": "gzip"} if form.packs else headers


def index(collector: Collector, page: Page, complete: Complete = _as_it_is) -> Handler:
    """Serve the page for people; no scrape waits while thousands of jobs are drawn.

    One page is drawn at a time: threads share the interpreter, and many that draw would keep the
    event loop, and with it every other answer, from their turn.
    """

    async def draw(encoding: str) -> bytes:
        return await in_daemon(partial(page.body, complete(collector.snapshot()), encoding))

    bodies = Shared(draw)

    async def handle(request: Request) -> Response:
        await collector.refresh_for_page(page_wait(request.headers, collector.unseen))
        encoding = "gzip" if _takes_gzip(request) else ""
        body = await bodies.get(encoding)
        return HTMLResponse(body, headers=page.headers(encoding))

    return handle


async def healthy(_request: Request) -> Response:
    """Say that the program runs; never calls the API."""
    return PlainTextResponse("Healthy\n")


def ready(collector: Collector) -> Handler:
    """Say whether scrapes are served; never calls the API."""

    async def handle(_request: Request) -> Response:
        return _shutting_down() if collector.stopping else PlainTextResponse("Ready\n")

    return handle


def reloading(collector: Collector, reload: Reload) -> Handler:
    """Load the configuration anew: 200, or 500 with every problem and the old one kept.

    503 where the program is told to end meanwhile: its files may hang.
    """

    async def handle(_request: Request) -> Response:
        loading = asyncio.ensure_future(reload())
        if not await collector.done_before_stop(loading):
            return _shutting_down()
        problems = loading.result()
        if problems:
            return PlainTextResponse("".join(f"{one}\n" for one in problems), status_code=500)
        return PlainTextResponse("Reloaded\n")

    return handle


def _shutting_down() -> Response:
    return PlainTextResponse("Shutting down\n", status_code=503)
