"""An application for the tests of connections, with limits, requests and answers."""

import logging
import re
import threading
from contextlib import closing, suppress

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from exporter.web.server.connections import Limits
from tests.support.program import PATIENCE
from tests.web.serving import Served

LARGE = 64 * 1024 * 1024
"""Bytes of an answer; more than the buffers of any socket hold."""

SHORT = Limits(handshake=0.2, request=0.2, answer=0.2, sweep=0.05)
PATIENT = Limits(handshake=10 * PATIENCE, request=10 * PATIENCE, answer=10 * PATIENCE)
FEW = PATIENT._replace(connections=5)
GET = b"GET / HTTP/1.1\r\nHost: exporter\r\n\r\n"
LAST = GET[:-2] + b"Connection: close\r\n\r\n"

DISCONNECTED = threading.Event()
"""Set when the client of `/untaken` is gone."""

GONE = threading.Event()
"""Set when the client of `/patient` is gone, by its `peer`."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once, but `/patient` only after its client has gone.

    The answers of `/large` and `/untaken` are larger than sockets hold.
    """
    if scope["path"] == "/patient":
        await scope["state"]["peer"].gone
        GONE.set()
    if scope["path"] == "/untaken":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * LARGE, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        DISCONNECTED.set()
        return
    text = b"x" * LARGE if scope["path"] == "/large" else b"here"
    await PlainTextResponse(text)(scope, receive, send)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the errors that the server's libraries logged."""
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def statuses(server: Served, sent: bytes) -> list[bytes]:
    """Send bytes in one go; return the status of each answer until the connection ends."""
    answers = b""
    with closing(server.connect()) as connection, suppress(ConnectionError):
        connection.sendall(sent)
        while piece := connection.recv(65536):
            answers += piece
    return re.findall(rb"HTTP/1.1 (\d+) ", answers)
