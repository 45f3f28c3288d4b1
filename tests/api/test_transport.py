import socket
import time
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError

from exporter.api.transport import DeadlineAdapter, DeadlineReader, EndsAt
from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import PATIENCE
from tests.support.readers import KEY


def test_a_reader_whose_deadline_has_passed_reads_no_more() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"late")
        ours.settimeout(1e-9)
        reader = DeadlineReader(ours)
        with pytest.raises(TimeoutError):
            reader.read(4)
        reader.close()


def test_without_a_timeout_there_is_no_deadline() -> None:
    session = requests.Session()
    session.mount("http://", DeadlineAdapter())
    with Simulator([SimulatedJob(1)], api_key=KEY) as api, session:
        url = f"{api.base_url}/serviceJobs/1"
        answer = session.get(url, headers={"Authorization": f"Basic {KEY}"}, timeout=None)
        assert answer.json()["id"] == 1


def test_connections_behind_a_proxy_have_a_deadline_too() -> None:
    adapter = DeadlineAdapter()
    direct = adapter.poolmanager.pool_classes_by_scheme
    proxied = adapter.proxy_manager_for("http://127.0.0.1:3128").pool_classes_by_scheme
    assert proxied == direct
    assert all("exporter" in pool.__module__ for pool in proxied.values())


Connection = DeadlineAdapter().poolmanager.pool_classes_by_scheme["http"].ConnectionCls
TlsConnection = DeadlineAdapter().poolmanager.pool_classes_by_scheme["https"].ConnectionCls


@pytest.mark.parametrize(
    ("timeout", "seconds", "late"),
    [
        pytest.param(3.0, 2.9, False, id="in time"),
        pytest.param(3.0, 3.0, True, id="too late"),
        pytest.param(None, 10_000.0, False, id="without a timeout"),
    ],
)
def test_a_connection_that_took_too_long_to_make_is_of_no_use(
    timeout: float | None, seconds: float, late: bool
) -> None:
    times = iter((100.0, 100.0 + seconds))

    class Timed(Connection):
        clock = staticmethod(lambda: next(times))

    with Simulator([], api_key=KEY) as api:
        host, _, port = urlsplit(api.base_url).netloc.partition(":")
        connection = Timed(host, int(port), timeout=timeout)
        with pytest.raises(ConnectTimeoutError) if late else nullcontext():
            connection.connect()
        assert connection.is_closed is late
        connection.close()


def test_connections_with_and_without_tls_are_made_in_the_same_way() -> None:
    assert TlsConnection.connect is Connection.connect


def test_nothing_is_sent_once_the_time_is_over_on_a_kept_connection_either() -> None:
    session = requests.Session()
    session.mount("http://", DeadlineAdapter())
    with Simulator([SimulatedJob(1)], api_key=KEY) as api, session:
        url = f"{api.base_url}/serviceJobs/1"
        headers = {"Authorization": f"Basic {KEY}"}
        session.get(url, headers=headers, timeout=EndsAt(time.monotonic() + PATIENCE))
        with pytest.raises(requests.ConnectTimeout):
            session.get(url, headers=headers, timeout=EndsAt(5.0, lambda: 5.0))
        assert len(api.requests) == 1
