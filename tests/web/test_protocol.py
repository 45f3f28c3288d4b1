"""Connections over real sockets, with clients that take their time; limits are short here."""

import gc
import logging
import re
import socket
import ssl
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from exporter.web.connections import Limits
from exporter.web.guard import LARGEST_BODY, LARGEST_HEADER
from exporter.web.protocol import LARGEST_REQUEST
from exporter.web.security import Security
from tests.program import PATIENCE
from tests.web.serving import Certificates, Served, closed_by_the_other_side, served

LARGE = 64 * 1024 * 1024
"""Bytes of an answer that no socket holds by itself."""

SHORT = Limits(handshake=0.2, request=0.2, answer=0.2, sweep=0.05)
PATIENT = Limits(handshake=10 * PATIENCE, request=10 * PATIENCE, answer=10 * PATIENCE)
FEW = PATIENT._replace(connections=5)

GET = b"GET / HTTP/1.1\r\nHost: exporter\r\n\r\n"
LAST = GET[:-2] + b"Connection: close\r\n\r\n"
TLS = (
    "tls_server_config: {cert_file: server.crt, key_file: server.key, "
    "client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert, "
    "client_allowed_sans: [scraper]}\n"
)


DISCONNECTED = threading.Event()
"""Set when the client of `/untaken` is gone."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once; `/large` and `/untaken` are larger than what sockets hold."""
    if scope["path"] == "/untaken":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x" * LARGE, "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        DISCONNECTED.set()
        return
    text = b"x" * LARGE if scope["path"] == "/large" else b"here"
    await PlainTextResponse(text)(scope, receive, send)


@pytest.fixture(scope="module")
def short() -> Iterator[Served]:
    with served(app, limits=SHORT) as server:
        yield server


@pytest.fixture(scope="module")
def patient() -> Iterator[Served]:
    with served(app, limits=PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    made = Certificates(tmp_path_factory.mktemp("certificates"))
    made.write("server", "localhost", "127.0.0.1")
    made.write("scraper", "scraper")
    made.write("other", "other")
    (made.folder / "web.yml").write_text(TLS, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def secure(certificates: Certificates) -> Iterator[Served]:
    with served(app, Security(certificates.folder / "web.yml"), PATIENT) as server:
        yield server


@pytest.fixture
def hasty(certificates: Certificates, request: pytest.FixtureRequest) -> Iterator[Served]:
    """Serve over TLS with one limit that is short."""
    limits = PATIENT._replace(**request.param, sweep=0.05)
    with served(app, Security(certificates.folder / "web.yml"), limits) as server:
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
    assert dropped == ["request"], "and not as a kept connection, which ends later"


def test_a_request_that_drips_is_dropped_all_the_same(short: Served) -> None:
    with closing(short.connect()) as connection:
        connection.settimeout(0.02)
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert drips(connection) < PATIENCE / 0.02


def drips(connection: socket.socket) -> int:
    """Send a byte for each 20 ms without an answer; return how many until the other side ends."""
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
    """Return a connection on which a request was answered; one that came too late is dropped."""
    while True:
        connection = short.connect()
        with suppress(OSError):
            connection.sendall(GET)
            if answered(connection):
                return connection
        connection.close()


def answered(connection: socket.socket) -> bool:
    """Tell whether an answer came, and not the end of the connection."""
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


def statuses(server: Served, sent: bytes) -> list[bytes]:
    """Return the status of each answer to what comes in one go, until the connection ends."""
    answers = b""
    with closing(server.connect()) as connection, suppress(ConnectionError):
        connection.sendall(sent)
        while piece := connection.recv(65536):
            answers += piece
    return re.findall(rb"HTTP/1.1 (\d+) ", answers)


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


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the server's libraries logged as errors."""
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


def test_there_is_room_for_a_scraper_whoever_else_is_there() -> None:
    with served(app, limits=FEW) as server, ExitStack() as stack:
        idle = [stack.enter_context(closing(server.connect())) for _ in range(20)]
        assert server.ask("/").status == 200
        assert all(closed_by_the_other_side(one) for one in idle[:15])


def test_a_client_with_a_certificate_and_an_allowed_name_comes_in(
    secure: Served, certificates: Certificates
) -> None:
    assert secure.ask("/", context=certificates.trusting("scraper")).body == b"here"


def test_http_1_1_is_what_is_agreed_on(secure: Served, certificates: Certificates) -> None:
    context = certificates.trusting("scraper")
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(secure.connect(), server_hostname="localhost") as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"


@pytest.mark.parametrize("name", [None, "other"])
def test_a_client_without_them_does_not(
    secure: Served, certificates: Certificates, name: str | None
) -> None:
    with pytest.raises(OSError):  # noqa: PT011  an alert of TLS or a reset
        secure.ask("/", context=certificates.trusting(name))


def test_a_client_of_another_ca_does_not(
    secure: Served, certificates: Certificates, tmp_path: Path
) -> None:
    stranger = Certificates(tmp_path)
    stranger.write("scraper", "scraper")
    context = certificates.trusting()
    context.load_cert_chain(tmp_path / "scraper.crt", tmp_path / "scraper.key")
    with pytest.raises(OSError):  # noqa: PT011
        secure.ask("/", context=context)


def test_a_ca_for_clients_may_be_one_that_another_ca_has_signed(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    between = certificates.authority.create_child_ca()
    between.cert_pem.write_to_path(str(tmp_path / "between.crt"))
    certificates.write("server", "127.0.0.1")
    certificates.write("scraper", "scraper", by=between)
    file = tmp_path / "web.yml"
    file.write_text(TLS.replace("ca.crt", "between.crt"), encoding="utf-8")
    with served(app, Security(file), PATIENT) as server:
        assert server.ask("/", context=certificates.trusting("scraper")).body == b"here"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="half a hello"),
        pytest.param(GET, id="plain HTTP"),
    ],
)
@pytest.mark.parametrize("hasty", [{"handshake": 0.2}], ids=["short"], indirect=True)
def test_a_handshake_that_does_not_come_to_its_end_is_dropped(hasty: Served, sent: bytes) -> None:
    with closing(hasty.connect()) as connection:
        connection.sendall(sent)
        assert closed_by_the_other_side(connection)


@pytest.mark.parametrize(
    "sent", [b"", b"\x16\x03\x01\x02\x00\x01\x00"], ids=["no hello", "half a hello"]
)
def test_a_handshake_that_the_client_ends_is_logged_with_a_reason(
    certificates: Certificates, sent: bytes
) -> None:
    with (
        capture_logs() as logs,
        served(app, Security(certificates.folder / "web.yml"), PATIENT) as server,
        closing(server.connect()) as connection,
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert closed_by_the_other_side(connection)
    assert [(one["event"], one["error"]) for one in logs] == [("TLS handshake failed", "it ended")]


@pytest.mark.parametrize("hasty", [{"request": 0.2}], ids=["short"], indirect=True)
def test_a_request_that_does_not_come_over_tls_is_dropped(
    hasty: Served, certificates: Certificates
) -> None:
    context = certificates.trusting("scraper")
    with context.wrap_socket(hasty.connect(), server_hostname="localhost") as connection:
        assert connection.version() == "TLSv1.3"
        assert closed_by_the_other_side(connection)


def test_the_end_of_the_server_waits_for_no_handshake(
    certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.socket()) as connection:
        with served(app, Security(certificates.folder / "web.yml"), PATIENT) as server:
            connection.connect(server)
            assert server.ask("/", context=certificates.trusting("scraper")).status == 200
        assert closed_by_the_other_side(connection)
    assert errors(caplog) == [], "uvicorn says when it gives up waiting"


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
    assert errors(caplog) == [], "uvicorn says what it cancels, and then the traceback of each"


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Leave nothing to the collector of cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def reset(connection: socket.socket) -> None:
    """End a connection as one does who is gone without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_a_handshake(connection: socket.socket, client: ssl.SSLContext) -> None:
    sent, received = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client.wrap_bio(received, sent, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    connection.sendall(sent.read())
    assert connection.recv(1)
    reset(connection)


def a_handshake_and_an_end(connection: socket.socket, client: ssl.SSLContext) -> None:
    client.wrap_socket(connection, server_hostname="localhost").close()


def a_handshake_and_a_reset(connection: socket.socket, client: ssl.SSLContext) -> None:
    with client.wrap_socket(connection, server_hostname="localhost") as secured:
        reset(secured)


def a_request_and_a_reset(connection: socket.socket, client: ssl.SSLContext) -> None:
    with client.wrap_socket(connection, server_hostname="localhost") as secured:
        secured.sendall(GET)
        assert secured.recv(1)
        reset(secured)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        pytest.param(None, a_handshake_and_an_end, id="no certificate"),
        pytest.param("other", a_handshake_and_an_end, id="no allowed name"),
        pytest.param("scraper", half_a_handshake, id="half a handshake"),
        pytest.param("scraper", a_handshake_and_an_end, id="no request"),
        pytest.param("scraper", a_handshake_and_a_reset, id="a reset"),
        pytest.param("scraper", a_request_and_a_reset, id="a reset after an answer"),
    ],
)
@pytest.mark.usefixtures("uncollected")
def test_nothing_stays_of_a_connection_that_ended(
    certificates: Certificates,
    name: str | None,
    end: Callable[[socket.socket, ssl.SSLContext], None],
) -> None:
    freed = threading.Event()
    security = Security(certificates.folder / "web.yml")
    assert security.context is not None
    security.context.sni_callback = lambda tls, *_: weakref.finalize(tls, freed.set) and None
    with served(app, security, PATIENT) as server, closing(server.connect()) as connection:
        end(connection, certificates.trusting(name))
        assert freed.wait(PATIENCE), "its buffers are a quarter of a MiB"
