"""What gateways and load balancers answer in place of the API, or make of its answers."""

import gzip
from collections.abc import Iterator

import pytest

from exporter.model.attempt import Answer
from exporter.model.failures import Failure
from tests.api.raw_api import raw_api
from tests.support.program import PATIENCE

GOOD = b'{"id": 1, "status": "Processing"}'
PAGE = b"<html><title>502 Bad Gateway</title></html>"
PACKED = gzip.compress(GOOD)
HTML = b"Content-Type: text/html"


def answer(status: bytes, *fields: bytes, body: bytes = GOOD, length: int | None = None) -> bytes:
    size = b"Content-Length: %d" % (len(body) if length is None else length)
    return b"\r\n".join((b"HTTP/1.1 " + status, size, *fields, b"", body))


@pytest.mark.parametrize(
    ("sent", "reason", "words"),
    [
        pytest.param(
            answer(b"502 Bad Gateway", HTML, body=PAGE),
            "server_error",
            "a gateway got no good answer from the API (502, a page of HTML)",
            id="an error page",
        ),
        pytest.param(
            answer(b"200 OK", HTML, body=PAGE),
            "invalid_response",
            "the API's answer is not a service job: a page of HTML",
            id="a page that claims success",
        ),
        pytest.param(
            answer(b"302 Found", b"Location: https://login.example/"),
            "invalid_response",
            "the API redirects, and the key goes to base_url alone (302)",
            id="a redirect to a login",
        ),
        pytest.param(
            answer(b"200 OK", b"Content-Encoding: gzip", body=PACKED[:-20], length=len(PACKED)),
            "connection",
            "the connection to the API failed: the answer broke off",
            id="gzip that breaks off",
        ),
        pytest.param(
            answer(b"200 OK", b"Content-Encoding: gzip", body=PACKED[:-20]),
            "invalid_response",
            "the API's answer is not a service job: not JSON, or cut off",
            id="gzip that was cut off before",
        ),
        pytest.param(
            answer(b"200 OK", b"Content-Encoding: gzip"),
            "invalid_response",
            "the API's answer cannot be unpacked",
            id="no gzip at all",
        ),
        pytest.param(
            answer(b"200 OK", length=100),
            "connection",
            "the connection to the API failed: the answer broke off",
            id="half of a body",
        ),
        pytest.param(
            b"",
            "connection",
            "the connection to the API failed: it ended without an answer",
            id="nothing",
        ),
        pytest.param(
            b"220 mail.example ESMTP\r\n",
            "connection",
            "the connection to the API failed: what answered speaks no HTTP",
            id="another protocol",
        ),
    ],
)
def test_each_answer_of_a_gateway_has_its_reason_and_its_words(
    sent: bytes, reason: str, words: str
) -> None:
    with raw_api(lambda _: [sent]) as api:
        client = api.client(PATIENCE)
        failure = client.read(1)
        client.close()
    assert isinstance(failure, Failure)
    assert (failure.reason, str(failure)) == (reason, words)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(b"200 OK", b"Connection: close"), id="Connection: close"),
        pytest.param(answer(b"200 OK").replace(b"/1.1", b"/1.0"), id="HTTP/1.0"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD, id="HTTP/1.0 without a length"),
    ],
)
def test_a_server_that_ends_each_connection_is_read_all_the_same(sent: bytes) -> None:
    def answer_and_end(_number: int) -> Iterator[bytes]:
        yield sent
        raise ConnectionError

    with raw_api(answer_and_end, keeps=True) as api:
        client = api.client(PATIENCE)
        answers = [client.read(1) for _ in range(3)]
        client.close()
    assert [isinstance(one, Answer) and one.requests for one in answers] == [1, 1, 1]
    assert (api.connections, len(api.requests)) == (3, 3)
