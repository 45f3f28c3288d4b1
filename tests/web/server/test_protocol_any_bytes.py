"""Any bytes on a connection: nobody gets past the users, and each request has its answer."""

import http.client
import io
import logging
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import pairwise

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from exporter.web.access.reload import Access
from tests.web.answering import LAST, PATIENT
from tests.web.requests_at_random import STRAY, WHOLE, Whole
from tests.web.serving import Served, served

USER, PASSWORD = "prometheus", "right"
REFUSED = {400, 401, 413, 429, 431}

Seen = list[tuple[str, str, bytes]]


class Echo:
    """Answers with the path and the body; `seen` has method, path and body of each request."""

    def __init__(self) -> None:
        self.seen: Seen = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body() if scope["path"].startswith("/read/") else b""
        self.seen.append((scope["method"], scope["path"], body))
        await PlainTextResponse(f"{scope['path']} {body.hex()}")(scope, receive, send)


ECHO = Echo()


@pytest.fixture(scope="module")
def echoing() -> Iterator[Served]:
    with capture_logs(), served(ECHO, limits=PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def behind_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = tmp_path_factory.mktemp("behind_users") / "web.yml"
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    file.write_text(f"basic_auth_users: {{{USER}: {hashed}}}\n", encoding="ascii")
    with capture_logs() as logs, served(ECHO, Access(file), PATIENT) as server:
        yield server
    assert {event["log_level"] for event in logs} == {"debug"}


class _Kept(io.BytesIO):
    """Received bytes that stay open: http.client would close them after one answer."""

    def makefile(self, _mode: str) -> "_Kept":
        return self

    def close(self) -> None:
        """Stay open."""


def received(server: Served, *pieces: bytes, ends: bool = False) -> _Kept:
    """Send pieces on a connection, then close this side if it `ends`; return every answer."""
    answers = b""
    with closing(server.connect()) as connection, suppress(OSError):
        for piece in pieces:
            connection.sendall(piece)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        while more := connection.recv(65536):
            answers += more
    return _Kept(answers)


def next_answer(answers: _Kept, method: str) -> tuple[int, bytes]:
    response = http.client.HTTPResponse(answers, method=method)  # type: ignore[arg-type]
    response.begin()
    return response.status, response.read()


@contextmanager
def complaints() -> Iterator[list[str]]:
    """Yield the errors that the server's libraries log meanwhile."""
    found: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(handler)


@given(st.lists(WHOLE, min_size=1, max_size=6), st.lists(st.integers(0, 1000), max_size=4))
def test_each_request_on_a_connection_is_seen_once_and_in_turn_and_has_the_answer_to_it(
    echoing: Served, requests: list[Whole], cuts: list[int]
) -> None:
    """The last request has no body: an end before a body is read would reset the connection."""
    ECHO.seen.clear()
    sent = b"".join(one.written(number) for number, one in enumerate(requests)) + LAST
    places = [0, *sorted(cuts), len(sent)]
    answers = received(echoing, *(sent[a:b] for a, b in pairwise(places)))
    expected = [
        (one.method.decode(), one.target(n).decode(), one.body if one.reads else b"")
        for n, one in enumerate(requests)
    ] + [("GET", "/", b"")]
    assert ECHO.seen == expected
    for method, path, body in expected:
        text = b"" if method == "HEAD" else f"{path} {body.hex()}".encode()
        assert next_answer(answers, method) == (200, text)
    assert answers.read() == b""


@given(STRAY)
def test_no_bytes_at_all_come_past_the_users_or_harm_the_next_connection(
    behind_users: Served, pieces: list[bytes]
) -> None:
    ECHO.seen.clear()
    with complaints() as found:
        answers = received(behind_users, *pieces, ends=True)
        while answers.tell() < len(answers.getvalue()):
            with suppress(http.client.HTTPException):  # our end may cut off the last one
                assert next_answer(answers, "GET")[0] in REFUSED
        assert behind_users.ask("/").status == 401
    assert found == []
    assert ECHO.seen == []


HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40)
LOGINS = st.tuples(
    st.sampled_from([USER, "", "nobody"]) | st.text(max_size=8),
    st.just(PASSWORD) | st.text(max_size=80),
)


def encoded(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogatepass")).decode()


AUTHORIZATION = st.one_of(
    HEADER,
    HEADER.map("Basic {}".format),
    LOGINS.map(lambda login: f"Basic {encoded(':'.join(login))}"),
    st.binary(max_size=80).map(lambda raw: f"bAsIc  {b64encode(raw).decode()}"),
    HEADER.map(lambda more: f"Basic {encoded(f'{USER}:{PASSWORD}')}{more}"),
)


@given(AUTHORIZATION)
def test_whatever_an_authorization_says_only_the_user_and_the_password_come_in(
    behind_users: Served, authorization: str
) -> None:
    ECHO.seen.clear()
    with complaints() as found:
        status = behind_users.ask("/", {"Authorization": authorization}).status
    assert status in {200, 400, 401}
    assert found == []
    if ECHO.seen or status == 200:
        assert b64decode(authorization.rsplit(maxsplit=1)[-1]) == f"{USER}:{PASSWORD}".encode()
