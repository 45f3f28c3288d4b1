"""Requests to an ASGI application without a network, through the server's content coding."""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from starlette.types import ASGIApp

from exporter.web.access.peer import Peer
from exporter.web.server.connections import Connection, Connections, Doing, Limits
from exporter.web.server.large_answers import InPieces
from tests.support.line import Line


class Ask(NamedTuple):
    """A request."""

    path: str
    headers: Mapping[str, str] = {}
    method: str = "GET"


class Answer(NamedTuple):
    """An answer. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


def ask(app: ASGIApp, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return the answer to one GET."""
    return ask_all(app, Ask(path, headers or {}))[0]


def ask_all(app: ASGIApp, *requests: Ask) -> list[Answer]:
    """Send requests one after the other, in one event loop, and return their answers."""

    async def all_of_them() -> list[Answer]:
        return [await answer_to(app, request) for request in requests]

    return asyncio.run(all_of_them())


def somebody() -> Peer:
    """Return a client that stays connected, in the running event loop."""
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    return Peer(lambda: gone.set_result(None), gone)


async def answer_to(
    app: ASGIApp, request: Ask, state: Mapping[str, object] | None = None
) -> Answer:
    """Return the answer to a request, in the running event loop.

    `state` is the ASGI state that the server would add; by default its client stays connected.
    """
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    path, _, query = request.path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in request.headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 10423),
        "state": {
            "peer": somebody(),
            **(state or {}),
            "connection": Connection(Line(), "127.0.0.1", Doing.ANSWER, 0.0),
        },
    }
    await InPieces(app, Connections(Limits()))(scope, receive, send)
    start, *rest = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], headers, b"".join(one.get("body", b"") for one in rest))
