"""Requests that come before earlier ones are answered."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from socket import SO_SNDBUF, SOL_SOCKET

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from tests.web.answering import LARGE, LAST, PATIENT
from tests.web.serving import Served, served

MANY = 3_000
READ_AHEAD = 8 * 1024 * 1024
"""Bytes that the sockets of both sides hold and the server has read, at most."""


class Gate:
    """Answers with the path; `/held` only once another client has asked for `/free`."""

    def __init__(self) -> None:
        self._free = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/held":
            await self._free.wait()
        if scope["path"] == "/free":
            self._free.set()
        await PlainTextResponse(scope["path"])(scope, receive, send)


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(Gate(), limits=PATIENT) as server:
        yield server


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: exporter\r\n\r\n".encode()


def test_thousands_of_requests_at_once_are_answered_each_once_and_in_turn(server: Served) -> None:
    requests = b"".join(get(f"/{number}") for number in range(MANY)) + LAST
    answers = b""
    with closing(server.connect()) as connection:
        sender = threading.Thread(target=connection.sendall, args=(requests,))
        sender.start()
        while piece := connection.recv(65536):
            answers += piece
        sender.join()
    found = re.findall(rb"\r\n\r\n/(\d*)", answers)
    assert found == [*(b"%d" % number for number in range(MANY)), b""]
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == MANY + 1


def test_what_is_sent_before_an_answer_is_left_in_the_socket_and_others_are_served(
    server: Served,
) -> None:
    with closing(server.connect()) as connection:
        connection.setsockopt(SOL_SOCKET, SO_SNDBUF, 65536)
        connection.sendall(get("/held"))
        connection.settimeout(0.3)
        sent, more = 0, get("/more") * 1000
        with suppress(TimeoutError):
            while sent < LARGE:
                sent += connection.send(more)
        assert sent < READ_AHEAD
        assert server.ask("/free").body == b"/free"
