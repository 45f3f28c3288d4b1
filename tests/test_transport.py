import socket
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError

from exporter.simulator import SimulatedJob, Simulator
from exporter.transport import DeadlineAdapter, DeadlineReader, in_time
from tests.readers import KEY


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


@pytest.mark.parametrize(
    ("seconds", "late"),
    [pytest.param(2.9, False, id="in time"), pytest.param(3.0, True, id="too late")],
)
def test_nothing_is_sent_on_a_connection_that_came_too_late(seconds: float, late: bool) -> None:
    times = iter((100.0, 100.0 + seconds))
    with Simulator([], api_key=KEY) as api:
        host, _, port = urlsplit(api.base_url).netloc.partition(":")
        connection = HTTPConnection(host, int(port), timeout=3.0)
        refused = pytest.raises(ConnectTimeoutError) if late else nullcontext()
        with refused, in_time(connection, lambda: next(times)):
            connection.connect()
        assert connection.is_closed is late
        connection.close()


def test_without_a_timeout_a_connection_is_never_too_late() -> None:
    times = iter((100.0, 10_000.0))
    with in_time(HTTPConnection("127.0.0.1", timeout=None), lambda: next(times)):
        pass
