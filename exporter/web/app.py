"""The paths, each with a small function that returns its handler. Every other path is a 404."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from exporter.exposition.exposition import Exposition
from exporter.exposition.job_metrics import JOB_FAMILIES
from exporter.exposition.metrics import FAMILIES
from exporter.exposition.negotiation import negotiate
from exporter.exposition.piece import compress
from exporter.exposition.process_metrics import ProcessMetrics
from exporter.exposition.text import Format, end_of, write
from exporter.jobs.snapshot import Snapshot
from exporter.scrape.collector import Collector
from exporter.scrape.threads import in_daemon
from exporter.scrape.timeout import HEADER, RenderTime, time_allowed
from exporter.web.bodies import BusyError, SharedBodies, in_turns
from exporter.web.cross_site import Handler, refuse_cross_site
from exporter.web.page.page import Page, page_wait
from exporter.web.prefixes import ROOT, Prefixes
from exporter.web.target import target_of

if TYPE_CHECKING:
    from exporter.web.page.choice import Choice

Reload = Callable[[], Awaitable[Sequence[str]]]
"""Reload the configuration, and return its problems."""

Complete = Callable[[Snapshot], Snapshot]
"""Add to a snapshot the values that only the running program has, such as its web configuration."""


_GZIP = {"Content-Encoding": "gzip"}
"""The header of a body in gzip. The server inflates it for clients that do not accept gzip."""

OWN_PATHS = ("/", "/-/healthy", "/-/ready", "/-/reload", "/probe")
"""The exporter's own paths, after the prefix. The telemetry path must be another."""


class ExactRoute(Route):
    """A route for exactly one path. Starlette's `Route` also matches the path with a line feed."""

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
    prefixes: Prefixes = ROOT,
) -> Starlette:
    """Return the application that serves one collector, with all its paths under a prefix."""
    prefix, page = prefixes.routes, Page(telemetry_path, prefixes.links)
    reload_handler = refuse_cross_site(reloading(collector, reload))
    routes = [
        ExactRoute(f"{prefix}{telemetry_path}", metrics(collector, complete)),
        ExactRoute(f"{prefix}/", index(collector, page, complete)),
        ExactRoute(f"{prefix}/probe", refuse_cross_site(probe(collector))),
        ExactRoute(f"{prefix}/-/healthy", healthy),
        ExactRoute(f"{prefix}/-/ready", ready(collector)),
        ExactRoute(f"{prefix}/-/reload", reload_handler, methods=["POST"]),
    ]
    if prefix:  # `/` is asked without a proxy; the prefix alone may come through one
        routes.append(ExactRoute("/", redirect(f"{prefix}/")))
        routes.append(ExactRoute(prefix, redirect(f"{prefixes.links or prefix}/")))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app


def metrics(collector: Collector, complete: Complete = _as_it_is) -> Handler:
    """Return the handler of the exposition, which answers 200 whatever the API does.

    It answers 400, and reads nothing, if the scraper's timeout is not a number of seconds.
    The deadline for reads leaves time to render thousands of jobs. Rendering yields to other
    requests.
    """
    exposition, process, rendering = Exposition(FAMILIES), ProcessMetrics(), RenderTime()

    async def make(form: Format) -> bytes:
        snapshot = complete(collector.snapshot())
        return await in_turns(exposition.gzip(snapshot, form, process.write(form)))

    bodies = SharedBodies(make)

    async def handle(request: Request) -> Response:
        try:
            allowed = _time_allowed(collector, request)
        except ValueError as error:
            return _bad_request(error)
        await collector.refresh(rendering.time_for_reads(allowed, collector.watched))
        clock = asyncio.get_running_loop().time
        started = clock()
        form = _format(request)
        body = await bodies.get(form)
        rendering.took(clock() - started, collector.watched)
        return _exposition(body, form)

    return handle


def probe(collector: Collector) -> Handler:
    """Return the handler of probes: the families of one job, watched or not.

    It answers 400, and reads nothing, if the target is not a job id, the account is not configured,
    or the scraper's timeout is not a number of seconds.
    """

    async def handle(request: Request) -> Response:
        try:
            account, job_id = target_of(request.query_params, collector.accounts)
            allowed = _time_allowed(collector, request)
        except ValueError as error:
            return _bad_request(error)
        snapshot = await collector.probe(account, job_id, allowed)
        form = _format(request)
        return _exposition(compress(write(JOB_FAMILIES, snapshot, form) + end_of(form)), form)

    return handle


def _time_allowed(collector: Collector, request: Request) -> float:
    """Return the seconds left for a scrape, after those that authentication took.

    Raises ValueError if the scraper's timeout is not a number of seconds.
    """
    header = request.headers.get(HEADER)
    now = asyncio.get_running_loop().time()
    gone = now - getattr(request.state, "arrived", now)
    return time_allowed(header, collector.scrape_timeout, gone)


def _bad_request(error: ValueError) -> Response:
    return PlainTextResponse(f"{error}\n", status_code=400)


def _format(request: Request) -> Format:
    return negotiate(request.headers.get("accept", ""))


def _exposition(body: bytes, form: Format) -> Response:
    headers = {"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"}
    return Response(body, headers=headers | _GZIP)


def index(collector: Collector, page: Page, complete: Complete = _as_it_is) -> Handler:
    """Return the handler of the page for people. Rendering thousands of jobs delays no scrape.

    It answers 400, and reads nothing, if the query chooses what the page does not know, and 503 if
    too many different pages are asked for at once. Pages are rendered in a thread, one at a time:
    threads share the interpreter, so several at once would starve the event loop.
    """

    def draw(snapshot: Snapshot, choice: "Choice") -> bytes:
        return compress(page.body(snapshot, choice))

    async def make(choice: "Choice") -> bytes:
        return await in_daemon(partial(draw, complete(collector.snapshot()), choice))

    bodies = SharedBodies(make)

    async def handle(request: Request) -> Response:
        try:
            choice = page.choice(request.query_params)
        except ValueError as error:
            return _bad_request(error)
        await collector.refresh_for_page(page_wait(request.headers, collector.unseen))
        try:
            body = await bodies.get(choice)  # first: it loads the page, in its thread
        except BusyError:
            return _too_many()
        headers = page.headers | {"Vary": "Accept-Encoding, Prefer"} | _GZIP
        return HTMLResponse(body, headers=headers)

    return handle


def _too_many() -> Response:
    text = "Too many different pages are waiting. Try again in a few seconds.\n"
    return PlainTextResponse(text, status_code=503, headers={"Retry-After": "2"})


def redirect(path: str) -> Handler:
    """Return the handler that sends clients to the page at `path`, with their query."""

    async def handle(request: Request) -> Response:
        query = request.scope["query_string"].decode("ascii")
        return RedirectResponse(f"{path}?{query}" if query else path, status_code=302)

    return handle


async def healthy(_request: Request) -> Response:
    """Answer 200: the program runs. Never call the API."""
    return PlainTextResponse("Healthy\n")


def ready(collector: Collector) -> Handler:
    """Return the handler that says whether the exporter serves scrapes. It never calls the API."""

    async def handle(_request: Request) -> Response:
        return _shutting_down() if collector.stopping else PlainTextResponse("Ready\n")

    return handle


def reloading(collector: Collector, reload: Reload) -> Handler:
    """Return the handler of reloads: 200, or 500 with every problem; then the old one stays.

    It answers 503 if the program is stopped during the reload, which may hang on a file system.
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
