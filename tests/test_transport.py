import socket

import pytest
import requests

from exporter.simulator import SimulatedJob, Simulator
from exporter.transport import DeadlineAdapter, DeadlineReader
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
