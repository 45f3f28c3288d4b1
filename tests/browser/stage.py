"""An exporter with a real page and nothing else: it shows what a test wants, and can go away."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple

from starlette.datastructures import QueryParams

from exporter.jobs.snapshot import AccountView, JobView, Snapshot
from exporter.web.page.choice import choice_of
from exporter.web.page.page import Page
from tests.support.snapshots import make_account, make_snapshot


class Asked(NamedTuple):
    """A request: its path and its Prefer header."""

    path: str
    prefer: str


class Exporter:
    """An exporter that answers with the page of `snapshot`, or with `status` alone if not 200."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.status = 200
        self.asked: list[Asked] = []
        self._page = Page("/metrics")
        self._free = Event()
        self._free.set()
        self._server = _Server(0, self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def show(self, *jobs: JobView) -> None:
        """Show these jobs of one account, a minute later than before."""
        self.show_accounts(make_account(*jobs))

    def show_accounts(self, *accounts: AccountView) -> None:
        """Show these accounts, a minute later than before."""
        later = self.snapshot.taken_at + 60
        self.snapshot = replace(self.snapshot, accounts=accounts, taken_at=later)

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a path. Wait while answers are held."""
        self._free.wait()
        if self.status != 200:
            return self.status, {"Content-Length": "0"}, b""
        headers = self._page.headers | {"Content-Type": "text/html; charset=utf-8"}
        choice = choice_of(QueryParams(path.partition("?")[2]))
        return 200, headers, self._page.body(self.snapshot, choice)

    def become(self, version: str) -> None:
        """Answer with the page of another version."""
        self._page = Page("/metrics", version=version)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold every answer."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def go(self) -> None:
        """Stop listening, but remember the port."""
        self._server.end()

    def come_back(self) -> None:
        """Listen again, on the same port."""
        self._server = _Server(self._server.server_port, self)


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int, exporter: Exporter) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.exporter = exporter
        self._thread = Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
            self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        exporter = self.server.exporter
        exporter.asked.append(Asked(self.path, self.headers.get("Prefer", "")))
        status, headers, body = exporter.answer(self.path)
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # the browser has left
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: requests are recorded."""


@contextmanager
def showing(*jobs: JobView) -> Iterator[Exporter]:
    """Run an exporter that shows these jobs of one account."""
    with showing_all(make_snapshot(make_account(*jobs))) as exporter:
        yield exporter


@contextmanager
def showing_all(snapshot: Snapshot) -> Iterator[Exporter]:
    """Run an exporter that shows a snapshot."""
    exporter = Exporter(snapshot)
    try:
        yield exporter
    finally:
        exporter.go()
