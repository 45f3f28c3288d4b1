"""Targets in absolute form, as scrapers behind a proxy send them, over real sockets."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import Program, serving, started
from tests.support.readers import KEY
from tests.web.answering import PATIENT
from tests.web.serving import Served, served

JOB = 7
ORIGINS = ["http://exporter:10423", "https://exporter", "HTTP://127.0.0.1:1", "http://[::1]:10423"]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the path and the query."""
    text = f"{scope['path']} {Request(scope).url.query}"
    await PlainTextResponse(text)(scope, receive, send)


@pytest.fixture(scope="module")
def echoing() -> Iterator[Served]:
    with served(echo, limits=PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("program")
    with (
        Simulator([SimulatedJob(JOB, created=1.0)], api_key=KEY) as api,
        started(*serving(api, folder, JOB)) as program,
    ):
        yield program


def sent(server: Served, target: str, method: str = "GET") -> tuple[bytes, bytes]:
    """Send a target as it is; return the status line and the body of the answer."""
    text = f"{method} {target} HTTP/1.1\r\nHost: another\r\nConnection: close\r\n\r\n"
    answer = b""
    with closing(server.connect()) as connection:
        connection.sendall(text.encode("latin-1"))
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("GET", "/", 200),
        ("GET", "/-/healthy", 200),
        ("GET", "/-/ready", 200),
        ("GET", f"/probe?target={JOB}", 200),
        ("GET", "/probe?target=x", 400),
        ("POST", "/-/reload", 200),
        ("GET", "/-/reload", 405),
        ("GET", "/metric", 404),
    ],
)
def test_each_path_answers_in_absolute_form_too(
    program: Program, origin: str, method: str, path: str, status: int
) -> None:
    assert program.ask(f"{origin}{path}", method=method).status == status


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        pytest.param("http://x/metrics", b"/metrics ", id="a path"),
        pytest.param("http://x", b"/ ", id="no path"),
        pytest.param("http://x?a=b", b"/ a=b", id="a query without a path"),
        pytest.param("http://x/?a=http://y/z", b"/ a=http://y/z", id="a target in the query"),
        pytest.param("http://x/a%20b/c?d=%20", b"/a b/c d=%20", id="a path in percent-encoding"),
        pytest.param("http://x//metrics", b"//metrics ", id="an empty segment"),
        pytest.param("http://x/http://y/z", b"/http://y/z ", id="a target in the path"),
        pytest.param("/http://y/z", b"/http://y/z ", id="a target in a path in origin form"),
        pytest.param("http://me:secret@x/metrics", b"/metrics ", id="a user"),
        pytest.param("hTTps://x.example:/m", b"/m ", id="any case and an empty port"),
        pytest.param("http://[fe80::1%25eth0]:1/m", b"/m ", id="an IPv6 address with a zone"),
    ],
)
def test_a_target_in_absolute_form_is_seen_as_its_path_and_query(
    echoing: Served, target: str, seen: bytes
) -> None:
    assert sent(echoing, target) == (b"HTTP/1.1 200 OK", seen)


@pytest.mark.parametrize(
    "target",
    [
        "*",
        "x:10423",
        "http:/metrics",
        "http:///metrics",
        "http://:10423/metrics",
        "http://[::1/metrics",
        "http://x:port/metrics",
        "http://x:1:2/metrics",
        "http://x#/metrics",
        "http://x\\/metrics",
        "ftp://x/metrics",
        "http://",
    ],
)
def test_what_has_no_valid_origin_is_passed_on_as_it_is(echoing: Served, target: str) -> None:
    assert sent(echoing, target) == (b"HTTP/1.1 200 OK", f"{target} ".encode())


@pytest.mark.parametrize(
    ("method", "target"),
    [("OPTIONS", "*"), ("CONNECT", "x:10423"), ("GET", "http:///metrics"), ("GET", "ftp://x/")],
)
def test_a_target_that_is_no_path_is_not_found(program: Program, method: str, target: str) -> None:
    host, _, port = program.addresses[0].rpartition(":")
    assert sent(Served(host, int(port)), target, method)[0] == b"HTTP/1.1 404 Not Found"


def test_the_log_shows_the_path_of_a_target_in_absolute_form(echoing: Served) -> None:
    with capture_logs() as logs:
        sent(echoing, "http://me:secret@exporter:10423/metrics?key=secret")
    assert [event["path"] for event in logs if event["event"] == "request"] == ["/metrics"]
