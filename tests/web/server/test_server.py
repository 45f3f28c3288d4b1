"""The server: how it listens, and how it answers over real connections."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse

from exporter.simulator import Simulator
from exporter.web.access.reload import Access
from exporter.web.server.address import Address, bound_address
from exporter.web.server.connections import Limits
from exporter.web.server.listening import BACKLOG, listening
from exporter.web.server.server import make_server
from tests.support.program import PATIENCE, Program, serving, started
from tests.support.readers import KEY
from tests.web.serving import ask


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with (
        Simulator(api_key=KEY) as api,
        started(*serving(api, tmp_path_factory.mktemp("served"))) as program,
    ):
        yield program


def test_the_queue_of_the_system_is_long_though_few_are_accepted_at_once() -> None:
    server = make_server(PlainTextResponse("here"), Access(), Limits(accepted=1))

    async def queue(listener: socket.socket) -> int:
        serving = asyncio.create_task(server.serve([listener]))
        await asyncio.to_thread(ask, bound_address(listener))
        info = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
        server.should_exit = True
        await serving
        length: int = struct.unpack_from("I", info, 28)[0]  # of a listener: its longest queue
        return length

    most = int(Path("/proc/sys/net/core/somaxconn").read_text(encoding="ascii"))
    with listening([Address("127.0.0.1", 0)]) as [listener]:
        assert asyncio.run(queue(listener)) == min(BACKLOG, most)


def test_the_server_says_that_it_is_ready_once_it_answers() -> None:
    async def first() -> list[str]:
        said: list[str] = []
        server = make_server(
            PlainTextResponse("here"), Access(), Limits(), lambda: said.append("ready")
        )
        asked = asyncio.to_thread(ask, bound_address(listener))
        said.append("starting")
        serving = asyncio.create_task(server.serve([listener]))
        said.append((await asked).text)
        server.should_exit = True
        await serving
        return said

    with listening([Address("127.0.0.1", 0)]) as [listener]:
        assert asyncio.run(first()) == ["starting", "ready", "here"]


def test_answers_do_not_name_the_server_software(program: Program) -> None:
    assert "server" not in program.ask("/-/healthy").headers


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy"])
def test_an_answer_to_head_has_no_body(program: Program, path: str) -> None:
    answer = program.ask(path, method="HEAD")
    assert answer.status == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.body == b""


def test_a_connection_is_used_again(program: Program) -> None:
    host, _, port = program.addresses[0].partition(":")
    with closing(HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
        for path in ("/metrics", "/-/healthy", "/metrics"):
            connection.request("GET", path)
            response = connection.getresponse()
            assert (response.status, response.will_close) == (200, False)
            response.read()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS"),
        pytest.param(b"GET /metrics HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /metrics\r\n\r\n", id="no version"),
        pytest.param(b"GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", id="a header that is none"),
    ],
)
def test_a_request_that_is_none_is_refused_and_harms_nobody(program: Program, sent: bytes) -> None:
    host, _, port = program.addresses[0].partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert program.ask("/-/healthy").status == 200


def test_a_host_header_sends_nobody_elsewhere(program: Program) -> None:
    answer = program.ask("/metrics/", {"X-Forwarded-Proto": "https", "Host": "evil.example"})
    assert (answer.status, "location" in answer.headers) == (404, False)
