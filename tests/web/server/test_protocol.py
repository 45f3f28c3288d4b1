"""Connections over real sockets, with short limits and clients that take their time."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest
from structlog.testing import capture_logs

from exporter.web.access.admission import LARGEST_BODY, LARGEST_HEADER
from exporter.web.server.protocol import LARGEST_REQUEST
from tests.support.program import PATIENCE
from tests.web.answering import (
    DISCONNECTED,
    FEW,
    GET,
    GONE,
    LARGE,
    LAST,
    PATIENT,
    SHORT,
    app,
    errors,
    statuses,
)
from tests.web.serving import Served, closed_by_the_other_side, served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def short() -> Iterator[Served]:
    with served(app, limits=SHORT) as server:
        yield server


@pytest.fixture(scope="module")
def patient() -> Iterator[Served]:
    with served(app, limits=PATIENT) as server:
        yield server


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"G", id="a byte"),
        pytest.param(GET[:-2], id="a header without its end"),
        pytest.param(GET + b"GET", id="a second request that is cut off"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf", id="half a body"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            id="half a chunk",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
            id="a body that waits to be asked for",
        ),
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_dropped(short: Served, sent: bytes) -> None:
    with capture_logs() as logs, closing(short.connect()) as connection:
        connection.sendall(sent)
        assert closed_by_the_other_side(connection)
    dropped = [one["doing"] for one in logs if one["event"] == "connection dropped"]
    assert dropped == ["request"], "not as a kept connection, which ends later"


def test_a_request_that_drips_is_dropped_all_the_same(short: Served) -> None:
    with closing(short.connect()) as connection:
        connection.settimeout(0.02)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert drips(connection) < PATIENCE / 0.02


def drips(connection: socket.socket) -> int:
    """Send a byte every 20 ms; return how many were sent when the server ended the connection."""
    sent = 0
    while sent < PATIENCE / 0.02:
        try:
            connection.sendall(b"x")
            sent += 1
            if not connection.recv(1):
                return sent
        except TimeoutError:
            continue
        except OSError:
            return sent
    return sent


def test_an_answer_that_nobody_takes_ends_the_connection(short: Served) -> None:
    DISCONNECTED.clear()
    with closing(short.connect()) as connection:
        connection.sendall(GET.replace(b"/ ", b"/untaken "))
        assert DISCONNECTED.wait(PATIENCE)


def test_a_large_answer_arrives_whole_when_it_is_taken(patient: Served) -> None:
    assert len(patient.ask("/large").body) == LARGE


def served_in_time(short: Served) -> socket.socket:
    """Return a connection after its first answer; try again when the request came too late."""
    while True:
        connection = short.connect()
        with suppress(OSError):
            connection.sendall(GET)
            if answered(connection):
                return connection
        connection.close()


def answered(connection: socket.socket) -> bool:
    """Tell whether an answer came before the end of the connection."""
    answer = b""
    while not answer.endswith(b"here"):
        piece = connection.recv(65536)
        if not piece:
            return False
        answer += piece
    return True


def test_a_connection_is_kept_between_requests_for_longer_than_a_request_may_take(
    short: Served,
) -> None:
    with closing(served_in_time(short)) as connection:
        for turn in range(3):
            connection.settimeout(PATIENCE)
            if turn:
                connection.sendall(GET)
                assert answered(connection)
            connection.settimeout(2 * SHORT.request)
            with pytest.raises(TimeoutError):
                connection.recv(1)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(
            b"GET / HTTP/1.1\r\nX: " + b"x" * (LARGEST_HEADER + 1), b"431", id="a large header"
        ),
        pytest.param(
            GET[:-2] + b"X: " + b"x" * LARGEST_HEADER + b"\r\n\r\n",
            b"431",
            id="a header with an end",
        ),
        pytest.param(
            GET[:-2] + b"X: " + b"x" * 100_000 + b"\r\n\r\n", b"431", id="a larger one with an end"
        ),
        pytest.param(GET[:-2] + b"X: y\r\n" * 10_000 + b"\r\n", b"431", id="many lines"),
        pytest.param(b"GET /" + b"x" * (LARGEST_HEADER + 1), b"431", id="a large address"),
        pytest.param(
            GET.replace(b"/ ", b"/?" + b"x" * LARGEST_HEADER + b" "),
            b"431",
            id="an address with an end",
        ),
        pytest.param(
            f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n".encode(),
            b"413",
            id="a large body",
        ),
        pytest.param(b"nonsense\r\n\r\n", b"400", id="no request"),
        pytest.param(b"\r\n" * 100, b"400", id="empty lines"),
    ],
)
def test_what_is_too_large_is_refused_at_once(patient: Served, sent: bytes, status: bytes) -> None:
    with closing(patient.connect()) as connection:
        connection.sendall(sent)
        assert connection.recv(65536).startswith(b"HTTP/1.1 " + status + b" ")
        assert closed_by_the_other_side(connection)


def test_a_body_without_an_end_is_cut_off(patient: Served) -> None:
    with closing(patient.connect()) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunks = b"".join([b"400\r\n" + b"x" * 1024 + b"\r\n"] * (LARGE // 1024))
        with pytest.raises(OSError):  # noqa: PT011  a broken pipe or a reset
            connection.sendall(chunks)


def test_nothing_is_answered_behind_a_large_body_that_comes_in_one_go(patient: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = (b"400\r\n" + b"x" * 1024 + b"\r\n") * (2 * LARGEST_REQUEST // 1024)
    assert len(statuses(patient, head + chunks + b"0\r\n\r\n" + LAST)) < 2


def test_a_large_header_behind_another_request_is_refused_too(patient: Served) -> None:
    large = GET[:-2] + b"X: " + b"x" * LARGEST_HEADER + b"\r\n\r\n"
    assert statuses(patient, GET + large) == [b"200", b"431"]


def test_each_request_may_be_as_large_as_one_alone(patient: Served) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nX: " + b"x" * 8192 + b"\r\n\r\n"
    with closing(patient.connect()) as connection:
        for _ in range(4 * LARGEST_HEADER // 8192 + 4):
            connection.sendall(head)
            assert answered(connection), "dropped"
            connection.sendall(b"body")


def test_a_broken_body_after_its_answer_harms_nobody(
    patient: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(patient.connect()) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"no length\r\n")
        assert closed_by_the_other_side(connection)
    assert patient.ask("/").status == 200
    assert errors(caplog) == [], "a stranger cannot fill the log"


def test_there_is_room_for_a_scraper_whoever_else_is_there() -> None:
    with served(app, limits=FEW) as server, ExitStack() as stack:
        idle = [stack.enter_context(closing(server.connect())) for _ in range(20)]
        assert server.ask("/").status == 200
        assert all(closed_by_the_other_side(one) for one in idle[:15])


@pytest.mark.parametrize("path", [b"/large", b"/untaken"])
def test_the_end_of_the_server_cuts_off_who_does_not_take_his_answers(
    path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.socket()) as connection:
        with served(app, limits=PATIENT) as server:
            connection.connect(server)
            connection.sendall(GET.replace(b"/ ", path + b" ") * 40)
            assert connection.recv(1)
        assert closed_by_the_other_side(connection)
    assert errors(caplog) == [], "uvicorn would log what it cancels, with tracebacks"


def test_a_request_that_waits_is_told_when_its_client_has_gone(patient: Served) -> None:
    GONE.clear()
    with closing(patient.connect()) as connection:
        connection.sendall(GET.replace(b"/ ", b"/patient "))
    assert GONE.wait(PATIENCE)
