"""Connections over TLS with real certificates, and the handshake before HTTP."""

import gc
import socket
import ssl
import struct
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trustme
from structlog.testing import capture_logs

from exporter.web.access.reload import Access
from tests.support.program import PATIENCE
from tests.web.answering import DISCONNECTED, GET, LARGE, LAST, PATIENT, app, errors
from tests.web.serving import Certificates, FastLoop, Served, closed_by_the_other_side, served

pytestmark = pytest.mark.slow

TLS = (
    "tls_server_config: {cert_file: server.crt, key_file: server.key, "
    "client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert, "
    "client_allowed_sans: [scraper]}\n"
)


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
    with served(app, Access(certificates.folder / "web.yml"), PATIENT) as server:
        yield server


@pytest.fixture
def hasty(certificates: Certificates, request: pytest.FixtureRequest) -> Iterator[Served]:
    """Serve over TLS with one short limit."""
    limits = PATIENT._replace(**request.param, sweep=0.05)
    with served(app, Access(certificates.folder / "web.yml"), limits) as server:
        yield server


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


def test_a_client_without_an_allowed_name_is_not_waited_for(
    secure: Served, certificates: Certificates
) -> None:
    context = certificates.trusting("other")
    with context.wrap_socket(secure.connect(), server_hostname="localhost") as connection:
        assert closed_by_the_other_side(connection)


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
    with served(app, Access(file), PATIENT) as server:
        assert server.ask("/", context=certificates.trusting("scraper")).body == b"here"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an emptied file"),
        pytest.param(TLS.replace(", client_allowed_sans: [scraper]", ""), id="no names"),
        pytest.param(TLS.partition(", client_ca")[0] + "}\n", id="no certificates"),
    ],
)
def test_a_file_that_would_let_others_in_lets_in_whom_it_did(tmp_path: Path, text: str) -> None:
    certificates = Certificates(tmp_path)
    for name, identity in (("server", "127.0.0.1"), ("scraper", "scraper"), ("other", "other")):
        certificates.write(name, identity)
    file = tmp_path / "web.yml"
    file.write_text(TLS, encoding="utf-8")
    with served(app, Access(file), PATIENT) as server:
        file.write_text(text, encoding="utf-8")
        for name in (None, "other"):
            with pytest.raises(OSError):  # noqa: PT011
                server.ask("/", context=certificates.trusting(name))
        assert server.ask("/", context=certificates.trusting("scraper")).body == b"here"


@pytest.fixture
def changing(tmp_path: Path) -> Certificates:
    """Write a configuration that admits clients named scraper, in a folder of the test's own."""
    certificates = Certificates(tmp_path)
    for name, identity in (("server", "127.0.0.1"), ("scraper", "scraper")):
        certificates.write(name, identity)
    (tmp_path / "web.yml").write_text(TLS, encoding="utf-8")
    return certificates


def without_the_name(folder: Path) -> None:
    text = TLS.replace("[scraper]", "[another]")
    (folder / "web.yml").write_text(text, encoding="utf-8")


def with_another_ca(folder: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(folder / "ca.crt"))


@pytest.mark.parametrize("change", [without_the_name, with_another_ca])
def test_a_kept_connection_ends_when_its_certificate_is_no_longer_allowed(
    changing: Certificates, change: Callable[[Path], None]
) -> None:
    context, folder = changing.trusting("scraper"), changing.folder
    with (
        served(app, Access(folder / "web.yml"), PATIENT) as server,
        context.wrap_socket(server.connect(), server_hostname="127.0.0.1") as kept,
    ):
        kept.sendall(GET)
        assert b"here" in received(kept)
        change(folder)
        kept.sendall(GET)
        assert received(kept) == b"", "no further answer"
        with pytest.raises(OSError):  # noqa: PT011
            server.ask("/", context=context)


def test_a_kept_connection_without_a_certificate_ends_when_one_is_required(
    changing: Certificates,
) -> None:
    file = changing.folder / "web.yml"
    given = TLS.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")
    file.write_text(given.replace(", client_allowed_sans: [scraper]", ""), encoding="utf-8")
    with (
        served(app, Access(file), PATIENT) as server,
        changing.trusting().wrap_socket(server.connect(), server_hostname="127.0.0.1") as kept,
    ):
        kept.sendall(GET)
        assert b"here" in received(kept)
        file.write_text(TLS.replace(", client_allowed_sans: [scraper]", ""), encoding="utf-8")
        kept.sendall(GET)
        assert received(kept) == b""


def test_a_kept_connection_goes_on_when_the_server_has_a_new_certificate(
    changing: Certificates,
) -> None:
    context = changing.trusting("scraper")
    with (
        served(app, Access(changing.folder / "web.yml"), PATIENT) as server,
        context.wrap_socket(server.connect(), server_hostname="127.0.0.1") as kept,
    ):
        for _ in range(2):
            kept.sendall(GET)
            assert b"here" in received(kept)
            changing.write("server", "127.0.0.1")


def received(connection: socket.socket) -> bytes:
    """Return an answer as far as it comes; empty once the server has ended the connection."""
    answer = b""
    try:
        while not answer.endswith(b"here") and (piece := connection.recv(65536)):
            answer += piece
    except OSError:
        return answer
    return answer


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
        served(app, Access(certificates.folder / "web.yml"), PATIENT) as server,
        closing(server.connect()) as connection,
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert closed_by_the_other_side(connection)
    assert [(one["event"], one["error"]) for one in logs] == [
        ("TLS handshake failed", "the client closed the connection")
    ]


@pytest.mark.parametrize("hasty", [{"request": 0.2}], ids=["short"], indirect=True)
def test_a_request_that_does_not_come_over_tls_is_dropped(
    hasty: Served, certificates: Certificates
) -> None:
    context = certificates.trusting("scraper")
    with context.wrap_socket(hasty.connect(), server_hostname="localhost") as connection:
        assert connection.version() == "TLSv1.3"
        assert closed_by_the_other_side(connection)


@pytest.mark.parametrize("hasty", [{"answer": 0.2}], ids=["short"], indirect=True)
def test_an_answer_that_nobody_takes_over_tls_ends_the_connection(
    hasty: Served, certificates: Certificates
) -> None:
    DISCONNECTED.clear()
    context = certificates.trusting("scraper")
    with context.wrap_socket(hasty.connect(), server_hostname="localhost") as connection:
        connection.sendall(GET.replace(b"/ ", b"/untaken "))
        assert DISCONNECTED.wait(PATIENCE)


def test_an_answer_is_taken_to_its_end_however_long_it_takes_after_the_last_request(
    certificates: Certificates,
) -> None:
    context, access = certificates.trusting("scraper"), Access(certificates.folder / "web.yml")
    limits = PATIENT._replace(goodbye=5.0)
    with (
        served(app, access, limits, FastLoop) as server,
        context.wrap_socket(server.connect(), server_hostname="localhost") as slow,
        context.wrap_socket(server.connect(), server_hostname="localhost") as silent,
    ):
        slow.sendall(LAST.replace(b"/ ", b"/large "))
        taken = len(slow.recv(1))
        silent.sendall(LAST)
        assert closed_by_the_other_side(silent), "a goodbye was said"
        assert socket.socket.recv(silent, 1) == b"", "and no longer waited for"
        while piece := slow.recv(65536):
            taken += len(piece)
        assert taken > LARGE


def test_the_end_of_the_server_waits_for_no_handshake(
    certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(socket.socket()) as connection:
        with served(app, Access(certificates.folder / "web.yml"), PATIENT) as server:
            connection.connect(server)
            assert server.ask("/", context=certificates.trusting("scraper")).status == 200
        assert closed_by_the_other_side(connection)
    assert errors(caplog) == [], "uvicorn would log that it gave up waiting"


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Switch off the collector of reference cycles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def reset(connection: socket.socket) -> None:
    """Reset a connection."""
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
    access = Access(certificates.folder / "web.yml")
    assert access.context is not None
    access.context.sni_callback = lambda tls, *_: weakref.finalize(tls, freed.set) and None
    with served(app, access, PATIENT) as server, closing(server.connect()) as connection:
        end(connection, certificates.trusting(name))
        assert freed.wait(PATIENCE), "its buffers are a quarter of a MiB"
