"""Answers of 1xx, which only say that the answer is still to come (RFC 9110, 15.2)."""

import json
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from exporter.api.client import Client
from exporter.api.transport import LONGEST_ANSWER
from exporter.config.sections import Account, Refresh
from exporter.model.attempt import Answer
from exporter.model.failures import Failure
from tests.support.program import PATIENCE
from tests.support.readers import FixedKey

JOB = json.dumps({"id": 1, "status": "Processing"}).encode()
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(JOB), JOB)
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nTransfer-Encoding: chunked\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\nContent-Length: 7\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"


class _Raw(socketserver.StreamRequestHandler):
    """Answers each request with the next of what the server is to say, one write each."""

    server: "_RawServer"

    def handle(self) -> None:
        """Answer until nothing is asked any more."""
        self.server.connections += 1
        while self._asked():
            for piece in next(self.server.says):
                try:
                    self.wfile.write(piece)
                except OSError:
                    return

    def _asked(self) -> bool:
        return any(line == b"\r\n" for line in iter(self.rfile.readline, b""))


class _RawServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    connections = 0

    def __init__(self, says: Sequence[Sequence[bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Raw)
        self.says = iter(says)


@contextmanager
def saying(*says: Sequence[bytes]) -> Iterator[tuple[Client, _RawServer]]:
    """Return a client of a server that answers so, and the server."""
    with _RawServer(says) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        account = Account(base_url=f"http://127.0.0.1:{server.server_address[1]}")
        refresh = Refresh().model_copy(update={"timeout": PATIENCE})
        client = Client(account, FixedKey(), refresh, {})
        try:
            yield client, server
        finally:
            client.close()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "interim",
    [
        pytest.param([CONTINUE], id="100"),
        pytest.param([PROCESSING], id="102"),
        pytest.param([HINTS], id="103"),
        pytest.param([HINTS[:20], HINTS[20:]], id="103 in two pieces"),
        pytest.param([CONTINUE, PROCESSING, HINTS, HINTS, CONTINUE], id="several"),
        pytest.param([b"HTTP/1.1 199 \r\n\r\n"] * 50, id="many of an unknown one"),
    ],
)
def test_the_answer_is_what_comes_after_all_that_only_announce_it(interim: list[bytes]) -> None:
    with saying([*interim, FINAL], [b"".join(interim) + FINAL], [FINAL]) as (client, server):
        for _ in range(3):
            answer = client.read(1)
            assert isinstance(answer, Answer)
            assert (answer.status, answer.job.status) == (200, "Processing")
    assert server.connections == 1, "the connection is as good as after any answer"


def test_a_final_answer_that_is_no_good_one_fails_as_without_an_announcement() -> None:
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    with saying([HINTS, gone]) as (client, _):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.status) == ("not_found", 404)


def test_a_switch_of_protocols_is_no_answer_and_the_connection_is_not_used_again() -> None:
    with saying([SWITCH, FINAL], [FINAL]) as (client, server):
        failure = client.read(1)
        again = client.read(1)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.status) == ("invalid_response", 101)
    assert isinstance(again, Answer)
    assert server.connections == 2


@pytest.mark.parametrize("interim", [CONTINUE, HINTS, PROCESSING], ids=["100", "103", "102"])
def test_announcements_without_an_end_are_cut_off(interim: bytes) -> None:
    block = interim * 1_000
    with saying([block] * (2 * LONGEST_ANSWER // len(block) + 2)) as (client, _):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert failure.reason == "invalid_response"


def test_headers_without_an_end_are_cut_off() -> None:
    line = b"X: " + b"x" * 60_000 + b"\r\n"
    with saying([b"HTTP/1.1 200 OK\r\n", *[line] * 99, b"Content-Length: 2\r\n\r\n{}"]) as (
        client,
        _,
    ):
        failure = client.read(1)
    assert isinstance(failure, Failure)
    assert failure.reason == "invalid_response"
