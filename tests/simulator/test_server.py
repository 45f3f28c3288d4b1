"""The HTTP server: connections are kept, closed, and ended with the server."""

import socket
import threading
import time
from contextlib import ExitStack, closing, suppress
from statistics import median
from urllib.parse import urlsplit

import pytest

from exporter.simulator import Fault, Simulator
from tests.simulator.conftest import AUTHORIZED, JOB, KEY, PATH, Clock, ask, begun, connect
from tests.support.program import PATIENCE

ACKNOWLEDGED = 0.035
"""Seconds. Linux delays an acknowledgement by 40 ms or more."""

DRIP, LATENCY = 30, 60
"""So many seconds that only a wait for them takes as long."""


def read_out(client: socket.socket) -> bytes:
    """Return everything received until the other side closes or resets."""
    received = b""
    try:
        while chunk := client.recv(65_536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def say(api: Simulator, words: str) -> bytes:
    """Send the words unchanged and return everything that comes back."""
    with socket.create_connection(("127.0.0.1", connect(api).port), timeout=PATIENCE) as client:
        client.sendall(words.encode())
        return read_out(client)


def test_a_connection_serves_many_requests_without_delay(api: Simulator) -> None:
    """Most answers on one connection come faster than a delayed acknowledgement."""
    with closing(connect(api)) as connection:
        connection.connect()
        own_end = connection.sock.getsockname()
        seconds = []
        for _ in range(100):
            began = time.monotonic()
            assert ask(api, on=connection).status == 200
            seconds.append(time.monotonic() - began)
        assert median(seconds) < ACKNOWLEDGED
        assert connection.sock.getsockname() == own_end


@pytest.mark.parametrize("words", ["1.1\r\nConnection: Close", "1.0"])
def test_a_client_that_asks_to_close_is_closed(api: Simulator, words: str) -> None:
    """The answer says so and ends the connection; a second request is not read."""
    asked = f"GET /v1/serviceJobs/1 HTTP/{words}\r\nAuthorization: Basic {KEY}\r\n\r\n"
    received = say(api, asked * 2)
    assert b"\r\nConnection: close\r\n" in received
    assert received.count(b"HTTP/1.1 404 Not Found") == len(api.requests) == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("nonsense\r\n\r\n", b"400"),
        ("GET /v1/serviceJobs/1 HTTP/1.1\r\n" + "X: y\r\n" * 101 + "\r\n", b"431"),
        ("POST /v1/serviceJobs/1 HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_any_request_but_get_is_refused_and_not_recorded(
    api: Simulator, capfd: pytest.CaptureFixture[str], words: str, status: bytes
) -> None:
    """It ends the connection, and nothing is printed."""
    assert status in say(api, words)
    assert api.requests == []
    assert capfd.readouterr() == ("", "")


def test_the_body_of_a_request_is_passed_over(api: Simulator) -> None:
    """The next request on the connection is read from where the body ends."""
    with closing(connect(api)) as connection:
        connection.request("GET", PATH, body=b"{}", headers=AUTHORIZED)
        assert connection.getresponse().read()
        assert ask(api, on=connection).status == 200


def test_clients_that_leave_cause_no_output(
    clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    """These clients leave in the middle of an answer."""
    with Simulator([JOB], api_key=KEY, clock=clock) as api:
        api.fail(Fault.HUGE)
        for _ in range(3):
            with begun(api) as response:
                response.begin()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "fault", [None, Fault.HANG, Fault.DRIP_HEADERS, Fault.DRIP_BODY, Fault.HUGE]
)
def test_close_ends_every_connection_at_once(clock: Clock, fault: Fault | None) -> None:
    """Hanging, dripping, unread and idle connections leave no thread, no port and no wait."""
    threads = set(threading.enumerate())
    api = Simulator([JOB], api_key=KEY, clock=clock, drip=DRIP)
    api.start()
    api.fail(fault)
    with ExitStack() as clients:
        idle = clients.enter_context(closing(connect(api)))
        idle.connect()
        answers = [clients.enter_context(begun(api)) for _ in range(5)]
        assert clock.read.wait(PATIENCE)
        began = time.monotonic()
        api.close()
        assert time.monotonic() - began < DRIP
        assert set(threading.enumerate()) <= threads
        for answer in answers:
            with suppress(ConnectionResetError):
                answer.fp.read()  # it ends
        assert idle.sock.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        ask(api)


def test_close_ends_the_latency(clock: Clock) -> None:
    """An answer that waits for its latency is cut short."""
    with Simulator([JOB], api_key=KEY, clock=clock, latency=LATENCY) as api, begun(api):
        assert clock.read.wait(PATIENCE)
        began = time.monotonic()
        api.close()
        assert time.monotonic() - began < LATENCY
    assert [request.status for request in api.requests] == [200]


def test_latency_delays_each_answer(api: Simulator) -> None:
    """It is measured in real seconds."""
    api.latency = 0.05
    began = time.monotonic()
    assert ask(api).status == 200
    assert time.monotonic() - began >= 0.05


def test_a_port_can_be_taken_again(clock: Clock) -> None:
    """The API comes back at its address, as after an outage."""
    with Simulator([JOB], api_key=KEY, clock=clock) as first, closing(connect(first)) as kept:
        assert ask(first, on=kept).status == 200
        first.close()  # before its client, so that the system remembers the port for a while
    port = urlsplit(first.base_url).port or 0
    with Simulator([JOB], api_key=KEY, clock=clock, port=port) as second:
        assert second.base_url == first.base_url == f"http://127.0.0.1:{port}/v1"
        assert ask(second).status == 200


def test_an_api_that_was_never_started_can_be_closed() -> None:
    """It can even be closed twice."""
    api = Simulator(api_key=KEY)
    api.close()
    api.close()
    with pytest.raises(ConnectionRefusedError):
        ask(api)
