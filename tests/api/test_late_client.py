import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import responses

from exporter.api.client import Client
from exporter.api.late_client import LateClient
from exporter.config.api_key import KeyVariable
from exporter.config.sections import Account, Refresh
from exporter.model.attempt import Answer
from exporter.model.failures import Failure, NotFound
from tests.support.program import PATIENCE

KEY = "c2VjcmV0LWtleQ=="
URL = "https://secure.fusebill.com/v1/serviceJobs/1"


class Maker:
    """Makes clients, and counts them. Lets the other threads go on meanwhile."""

    def __init__(self) -> None:
        self.made = self.closed = 0

    def __call__(self) -> Client:
        self.made += 1
        for _ in range(1_000):
            os.sched_yield()
        return Closing(self)


class Closing(Client):
    """A client that tells its maker when it is closed."""

    def __init__(self, maker: Maker) -> None:
        super().__init__(Account(), KeyVariable("FUSEBILL_API_KEY"), Refresh(), {})
        self._maker = maker

    def close(self) -> None:
        self._maker.closed += 1
        super().close()


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.setenv("FUSEBILL_API_KEY", KEY)
    return Maker()


def test_reads_at_once_share_the_client_that_the_first_makes(maker: Maker) -> None:
    client = LateClient(maker, 10.0)
    assert maker.made == 0
    all_there = Barrier(4)

    def read(job_id: int) -> Answer | Failure:
        all_there.wait(PATIENCE)
        return client.read(job_id)

    with responses.RequestsMock() as api, ThreadPoolExecutor(4) as threads:
        api.get(URL, status=404)
        answers = list(threads.map(read, [1] * 4))
    client.close()
    assert [type(answer) for answer in answers] == [NotFound] * 4
    assert maker.made == 1


def test_to_close_it_closes_the_client_that_was_made(maker: Maker) -> None:
    client = LateClient(maker, 10.0)
    with responses.RequestsMock() as api:
        api.get(URL, status=404)
        client.read(1)
    client.close()
    assert maker.closed == 1


def test_a_client_that_was_never_made_can_be_closed(maker: Maker) -> None:
    LateClient(maker, 10.0).close()
    assert maker.made == 0


def test_watching_an_account_does_not_import_requests() -> None:
    code = "import sys, exporter.scrape.accounts; sys.exit('requests' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert result.returncode == 0
