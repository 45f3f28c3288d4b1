"""Kept connections, through a proxy that closes, resets or forgets them."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from exporter.api.client import Client
from exporter.api.connection import IDLE, LIFE
from exporter.config.sections import Account, Refresh
from exporter.model.attempt import Answer
from exporter.model.failures import ConnectionFailed, ReadTimeout, TlsFailed
from exporter.model.instant import Instant
from exporter.simulator import SimulatedJob, Simulator
from tests.api.networks import client, read
from tests.api.raw_api import raw_api
from tests.support.http_proxy import http_proxy
from tests.support.program import PATIENCE
from tests.support.readers import KEY, FixedKey
from tests.support.secure_api import Certificates, secure_api
from tests.support.tcp_proxy import Fate, TcpProxy, tcp_proxy


class Away:
    """A client whose way to a simulated API leads through a proxy, and its clock."""

    def __init__(self, proxy: TcpProxy, base_url: str) -> None:
        self.proxy = proxy
        self.seconds = 0.0
        self.client = Client(
            Account(base_url=proxy.to(base_url)),
            FixedKey(),
            Refresh().model_copy(update={"timeout": PATIENCE}),
            {},
            lambda: Instant(self.seconds, 1_700_000_000.0 + self.seconds),
        )

    def read(self) -> object:
        return self.client.read(1)


@pytest.fixture
def away() -> Iterator[Away]:
    with Simulator([SimulatedJob(1)], api_key=KEY) as api, tcp_proxy() as proxy:
        there = Away(proxy, api.base_url)
        yield there
        there.client.close()


def requests_of(result: object) -> int:
    assert isinstance(result, Answer)
    return result.requests


ENDS = pytest.mark.parametrize("ends", [Fate.CLOSE, Fate.RESET], ids=lambda fate: fate.name)


@ENDS
def test_a_kept_connection_that_ends_unanswered_is_replaced_by_a_new_one(
    away: Away, ends: Fate
) -> None:
    assert requests_of(away.read()) == 1
    away.proxy.forget(ends)
    assert requests_of(away.read()) == 2
    assert (away.proxy.flows, away.proxy.requests) == (2, 3)


@pytest.mark.parametrize("proxied", [None, "http", "https"])
def test_over_tls_and_through_any_proxy_a_kept_connection_is_replaced_too(
    tmp_path: Path, proxied: str | None
) -> None:
    certificates = Certificates(tmp_path)
    secured = certificates.server() if proxied == "https" else None
    with secure_api(certificates.server()) as api, http_proxy(api.port, context=secured) as way:
        api.most = 1
        proxy = {"proxy_url": f"{proxied}://localhost:{way.port}"} if proxied else {}
        trusting = {"ca_file": str(certificates.ca_file)}
        url = f"https://localhost:{api.port}/v1"
        with client(url, tls_config=trusting, **proxy) as one:
            assert [requests_of(one.read(1)) for _ in range(3)] == [1, 2, 2]
        assert len({request.connection for request in api.served}) == 3
        assert [request.method for request in way.asked] == (["CONNECT"] * 3 if proxied else [])


@ENDS
def test_a_new_connection_that_ends_unanswered_is_a_failure(away: Away, ends: Fate) -> None:
    away.proxy.script = lambda _flow, _request: ends
    failure = away.read()
    assert isinstance(failure, ConnectionFailed)
    assert (failure.requests, away.proxy.flows) == (1, 1)


@ENDS
def test_a_connection_made_anew_after_a_minute_is_a_new_one(away: Away, ends: Fate) -> None:
    away.read()
    away.seconds += IDLE + 1
    away.proxy.script = lambda _flow, _request: ends
    failure = away.read()
    assert isinstance(failure, ConnectionFailed)
    assert (failure.requests, away.proxy.flows) == (1, 2)


def test_a_replacement_that_cannot_be_made_sends_no_second_request(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    trusting = {"ca_file": str(certificates.ca_file)}
    with secure_api(certificates.server()) as api, secure_api(None) as plain, tcp_proxy() as proxy:
        url = proxy.to(f"https://localhost:{api.port}/v1")
        with client(url, tls_config=trusting) as one:
            one.read(1)
            proxy.to(f"http://localhost:{plain.port}")
            proxy.forget(Fate.CLOSE)
            failure = one.read(1)
    assert isinstance(failure, TlsFailed)
    assert (failure.requests, proxy.flows, plain.served) == (1, 2, [])


def test_a_connection_that_is_refused_counts_as_a_request() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as deaf:
        port = deaf.getsockname()[1]
    for scheme in ("http", "https"):
        failure = read(f"{scheme}://127.0.0.1:{port}/v1")
        assert isinstance(failure, ConnectionFailed)
        assert failure.requests == 1


def test_the_connections_of_a_closed_client_end() -> None:
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as api,
        ThreadPoolExecutor() as threads,
        client(f"http://127.0.0.1:{api.getsockname()[1]}/v1") as one,
    ):
        reading = threads.submit(one.read, 1)
        connection, _ = api.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.recv(65536)
            connection.sendall(answer)
            reading.result()
            one.close()
            assert connection.recv(1) == b""


@ENDS
def test_a_read_asks_twice_at_most(away: Away, ends: Fate) -> None:
    away.read()
    away.proxy.script = lambda _flow, _request: ends
    failure = away.read()
    assert isinstance(failure, ConnectionFailed)
    assert (failure.requests, away.proxy.flows) == (2, 2)


def test_both_requests_of_a_read_have_one_deadline(away: Away) -> None:
    away.read()

    def closes_late(_flow: int, _request: int) -> Fate:
        away.seconds += PATIENCE
        return Fate.CLOSE

    away.proxy.script = closes_late
    failure = away.read()
    assert isinstance(failure, ReadTimeout)
    assert (failure.requests, away.proxy.flows) == (1, 1)


def test_an_answer_that_has_begun_on_a_kept_connection_is_not_asked_for_again() -> None:
    def answer(number: int) -> Iterator[bytes]:
        if number == 0:
            yield b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
        else:
            yield b"HTTP/1.1 100 Continue\r\n\r\n"
            raise ConnectionError

    with raw_api(answer, keeps=True) as api:
        client = api.client(PATIENCE)
        client.read(1)
        failure = client.read(1)
        client.close()
    assert isinstance(failure, ConnectionFailed)
    assert (failure.requests, len(api.requests), api.connections) == (1, 2, 1)


@pytest.mark.parametrize(
    ("waits", "flows"),
    [
        pytest.param((IDLE,), 1, id="a minute"),
        pytest.param((IDLE + 1,), 2, id="over a minute"),
        pytest.param((IDLE, IDLE, IDLE), 1, id="as long as it is kept"),
        pytest.param((IDLE, IDLE, IDLE, LIFE - 3 * IDLE + 1), 2, id="longer than it is kept"),
    ],
)
def test_a_connection_that_was_idle_or_kept_for_long_is_not_used_again(
    away: Away, waits: tuple[float, ...], flows: int
) -> None:
    away.read()
    for seconds in waits:
        away.seconds += seconds
        assert requests_of(away.read()) == 1
    assert away.proxy.flows == flows


def test_when_one_kept_connection_is_dead_no_other_is_trusted(away: Away) -> None:
    meet = Barrier(2, timeout=PATIENCE)

    def together(_flow: int, _request: int) -> Fate:
        meet.wait()
        return Fate.PASS

    def the_first_new_one_waits(flow: int, _request: int) -> Fate:
        if flow == 2:
            meet.wait()
            meet.wait()
        return Fate.CLOSE if flow < 2 else Fate.PASS

    away.proxy.script = together
    with ThreadPoolExecutor() as threads:
        for read in [threads.submit(away.read) for _ in range(2)]:
            read.result()
        away.seconds += 1
        away.proxy.script = the_first_new_one_waits
        first = threads.submit(away.read)
        meet.wait()
        assert requests_of(away.read()) == 1
        meet.wait()
        assert requests_of(first.result()) == 2
