"""Requests whose end two programs may see in two places: no body hides another request."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.web.access.reload import Access
from tests.web.answering import GET, LAST, PATIENT, app, statuses
from tests.web.serving import Served, served

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
OLD = b"POST / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served(app, limits=PATIENT) as server:
        yield server


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(POST + b"Content-Length: 5\r\n" + CHUNKED + END, id="a length, then chunks"),
        pytest.param(POST + CHUNKED + b"Content-Length: 5\r\n" + END, id="chunks, then a length"),
        pytest.param(POST + CHUNKED + b"Content-Length: 0\r\n" + END, id="no length, and chunks"),
        pytest.param(OLD + CHUNKED + END, id="chunks in HTTP/1.0"),
        pytest.param(OLD + CHUNKED + b"Content-Length: 5\r\n" + END, id="both in HTTP/1.0"),
        pytest.param(
            POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nab", id="two lengths that differ"
        ),
        pytest.param(POST + b"Content-Length: 2, 3\r\n\r\nab", id="two lengths in one"),
        pytest.param(POST + b"Content-Length: +2\r\n\r\nab", id="a length with a sign"),
        pytest.param(POST + b"Content-Length : 2\r\n\r\nab", id="a space before the colon"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n" + END, id="two encodings"),
        pytest.param(POST + b"Transfer-Encoding: identity\r\n" + END, id="another encoding"),
        pytest.param(POST + b"Transfer-Encoding: \x0bchunked\r\n" + END, id="nearly chunked"),
        pytest.param(POST + CHUNKED + CHUNKED + END, id="chunked twice"),
        pytest.param(b"POST / HTTP/1.1\r\n X: y\r\nHost: x\r\n\r\n", id="a fold of nothing"),
        *(
            pytest.param(POST + framing + b"\r\n" + END, id=repr(framing))
            for framing in (
                b"Content-Length: 0x5",
                b"Content-Length: 5;x",
                b"Content-Length:\r\n 5x",
                b"Content-Length: \xb2",
                b"Content\0-Length: 5",
                b"Transfer-Encoding: xchunked",
                b"Transfer-Encoding: chunked, identity",
                b"Transfer-Encoding : chunked",
                b"Transfer-Encoding:\r\n\tchunked\r\n\tx",
            )
        ),
    ],
)
def test_a_request_with_two_ends_is_refused_and_nothing_is_answered_behind_it(
    server: Served, sent: bytes
) -> None:
    assert statuses(server, GET + sent + LAST) == [b"200", b"400"]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", id="repeated"),
        pytest.param(POST + b"Content-Length:\r\n 2\r\n\r\nab", id="folded"),
        pytest.param(POST + b"Transfer-Encoding:\r\n Chunked\r\n" + END, id="folded chunks"),
        pytest.param(POST + CHUNKED + b"\r\n2;a=b\r\nab\r\n0\r\nX: y\r\n\r\n", id="chunks"),
    ],
)
def test_a_request_with_one_end_is_answered_and_so_is_the_next(server: Served, sent: bytes) -> None:
    assert statuses(server, sent + LAST) == [b"200", b"200"]


def test_a_request_with_two_ends_closes_the_connection_when_all_others_are_too_many(
    tmp_path: Path,
) -> None:
    file = tmp_path / "web.yml"
    file.write_text("rate_limit: {interval: 1h, burst: 1}", encoding="ascii")
    with served(app, Access(file), PATIENT) as server:
        server.ask("/")
        both = POST + CHUNKED + b"Content-Length: 5\r\n" + END
        assert statuses(server, both + LAST) == [b"400"]
