"""The client over real sockets: against the simulator with each of its faults."""

import socketserver
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from exporter.api.client import Client
from exporter.config.sections import Account, Refresh
from exporter.model.failures import Failure, NotFound
from exporter.model.rate_limit import UNSAID, RateLimit, WindowState
from exporter.simulator import Fault, SimulatedJob, Simulator
from tests.api.faults import FAULTS
from tests.api.raw_api import raw_api
from tests.support.program import PATIENCE
from tests.support.readers import KEY, FixedKey

pytestmark = pytest.mark.slow

START = 1_795_478_430.0
"""Half a minute before a minute of the clock ends."""

JOB = SimulatedJob(1, created=START - 30)
SAID = RateLimit(
    WindowState(1_000, 999, START + 30), WindowState(180_000, 179_999, START - 30 + 86_400)
)


@pytest.fixture
def api() -> Iterator[Simulator]:
    with Simulator(
        [SimulatedJob(1, created=START - 30)], api_key=KEY, clock=lambda: START
    ) as simulator:
        yield simulator


def client_of(api: Simulator, timeout: float = 30.0, key: str = KEY) -> Client:
    refresh = Refresh().model_copy(update={"timeout": timeout})
    return Client(Account(base_url=api.base_url), FixedKey(key), refresh, {})


def failure(client: Client, job_id: int = 1) -> Failure:
    failed = client.read(job_id)
    client.close()
    assert isinstance(failed, Failure)
    return failed


def reason(client: Client, job_id: int = 1) -> str:
    return failure(client, job_id).reason


def test_a_running_job_is_read(api: Simulator) -> None:
    client = client_of(api)
    assert client.read(1).job.state == "running"
    client.close()


def test_a_connection_is_used_again_after_an_error_too() -> None:
    gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"
    with raw_api(lambda _: [gone], keeps=True) as api:
        client = api.client(PATIENCE)
        for _ in range(3):
            assert isinstance(client.read(1), NotFound)
        client.close()
    assert (len(api.requests), api.connections) == (3, 1)


WITHOUT_HEADERS = {
    Fault.HANG,
    Fault.DROP,
    Fault.DRIP_HEADERS,
    Fault.TOO_MANY_REQUESTS_HTML,
}
READABLE = {
    Fault.SURROGATE,
    Fault.ODD_WORD,
    Fault.LONG_WORD,
    Fault.OVERFLOW,
    Fault.NEGATIVE,
    Fault.OVER_100,
}


def test_every_fault_of_the_simulator_is_tried_here() -> None:
    assert set(FAULTS) | READABLE == set(Fault)


@pytest.mark.parametrize(("fault", "expected"), FAULTS.items(), ids=str)
def test_each_fault_has_its_reason(api: Simulator, fault: Fault, expected: str) -> None:
    api.fail(fault)
    timeout = 0.3 if expected == "timeout" else 30.0
    assert reason(client_of(api, timeout)) == expected


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - WITHOUT_HEADERS, key=str), ids=str)
def test_an_error_has_what_the_headers_of_its_answer_say(api: Simulator, fault: Fault) -> None:
    api.fail(fault)
    timeout = 3.0 if FAULTS[fault] == "timeout" else 30.0  # the headers must come in time
    retry_after = 1200.0 if fault is Fault.COME_BACK_LATER else None
    assert failure(client_of(api, timeout)).said == replace(SAID, retry_after=retry_after)


@pytest.mark.parametrize("fault", sorted(WITHOUT_HEADERS, key=str), ids=str)
def test_an_error_without_an_answer_says_nothing_of_the_limits(
    api: Simulator, fault: Fault
) -> None:
    api.fail(fault)
    assert failure(client_of(api, timeout=0.3)).said == UNSAID


def test_an_answer_has_what_its_headers_say(api: Simulator) -> None:
    client = client_of(api)
    assert client.read(1).said == SAID
    client.close()


@pytest.mark.parametrize("fault", sorted(READABLE, key=str), ids=str)
def test_an_odd_answer_is_read_all_the_same(api: Simulator, fault: Fault) -> None:
    api.fail(fault)
    client = client_of(api)
    assert client.read(1).job.status
    client.close()


def test_a_redirect_is_not_followed(api: Simulator) -> None:
    api.fail(Fault.REDIRECT)
    reason(client_of(api))
    assert api.redirected == 0


@pytest.mark.parametrize("fault", [Fault.DRIP_HEADERS, Fault.DRIP_BODY], ids=str)
def test_a_slow_drip_ends_at_the_total_timeout(api: Simulator, fault: Fault) -> None:
    """The drip feeds a byte every 50 ms for ever, so each single wait is far under the timeout."""
    api.fail(fault)
    started = time.monotonic()
    assert reason(client_of(api, timeout=0.4)) == "timeout"
    assert time.monotonic() - started < 20


def test_a_wrong_key_is_unauthorized(api: Simulator) -> None:
    assert reason(client_of(api, key="d3Jvbmc=")) == "unauthorized"


def test_an_unknown_job_is_not_found(api: Simulator) -> None:
    assert reason(client_of(api), job_id=2) == "not_found"


def test_a_server_that_is_gone_is_a_connection_that_failed(api: Simulator) -> None:
    api.close()
    assert reason(client_of(api)) == "connection"


class _Plain(socketserver.BaseRequestHandler):
    """A server without TLS."""

    def handle(self) -> None:
        """Answer without reading the request."""
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_server_without_tls_is_a_tls_failure() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Plain) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        account = Account(base_url=f"https://127.0.0.1:{server.server_address[1]}")
        assert reason(Client(account, FixedKey(), Refresh(), {})) == "tls"
        thread.join()


def test_a_loopback_api_is_not_asked_through_a_proxy(
    api: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    client = client_of(api)
    assert client.read(1).job.id == 1
    client.close()
