import time

import pytest
import requests

from exporter.api.connection import Shared
from exporter.api.transport import DeadlineAdapter, EndsAt
from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import PATIENCE
from tests.support.readers import KEY


def test_without_a_timeout_there_is_no_deadline() -> None:
    session = requests.Session()
    session.mount("http://", DeadlineAdapter(Shared(), 1))
    with Simulator([SimulatedJob(1)], api_key=KEY) as api, session:
        url = f"{api.base_url}/serviceJobs/1"
        answer = session.get(url, headers={"Authorization": f"Basic {KEY}"}, timeout=None)
        assert answer.json()["id"] == 1


def test_connections_behind_a_proxy_have_a_deadline_too() -> None:
    adapter = DeadlineAdapter(Shared(), 1)
    direct = adapter.poolmanager.pool_classes_by_scheme
    proxied = adapter.proxy_manager_for("http://127.0.0.1:3128").pool_classes_by_scheme
    assert proxied == direct
    assert all("exporter" in pool.func.__module__ for pool in proxied.values())


def test_nothing_is_sent_once_the_time_is_over_on_a_kept_connection_either() -> None:
    session = requests.Session()
    session.mount("http://", DeadlineAdapter(Shared(), 1))
    with Simulator([SimulatedJob(1)], api_key=KEY) as api, session:
        url = f"{api.base_url}/serviceJobs/1"
        headers = {"Authorization": f"Basic {KEY}"}
        session.get(url, headers=headers, timeout=EndsAt(time.monotonic() + PATIENCE))
        with pytest.raises(requests.ConnectTimeout):
            session.get(url, headers=headers, timeout=EndsAt(5.0, lambda: 5.0))
        assert len(api.requests) == 1
