"""Fixtures of the simulator's tests: an API with a clock set by hand, and ways to ask it."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from exporter.simulator import SimulatedJob, Simulator
from tests.support.program import PATIENCE

KEY = "c2VjcmV0"
AUTHORIZED = {"Authorization": f"Basic {KEY}"}
START = 1_592_909_400.0  # 2020-06-23T10:50:00 UTC, where a minute begins
JOB = SimulatedJob(2607617, created=START)
PATH = "/v1/serviceJobs/2607617"
SAMPLE = """{
    "accountId": 12345,
    "type": "SubscriptionProductBulkPriceChange",
    "status": "NotStarted",
    "createdTimestamp": "2020-06-23T10:50:42",
    "completedTimestamp": null,
    "additionalData": "{\\"planProductIds\\":[61180,61181,61182],\\"createCharges\\":false}",
    "serviceTasks": [],
    "totalCount": 19,
    "totalSuccessful": null,
    "totalFailed": null,
    "percentComplete": null,
    "isOffline": false,
    "id": 2607617,
    "uri": null
}"""


class Clock:
    """A clock that is set by hand. `read` is set once somebody has read the time."""

    def __init__(self) -> None:
        self.now = START
        self.read = threading.Event()

    def __call__(self) -> float:
        self.read.set()
        return self.now


class Answer(NamedTuple):
    """An answer as a client receives it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The JSON body."""
        loaded: dict[str, Any] = json.loads(self.body)
        return loaded

    @property
    def remaining(self) -> tuple[int, int]:
        """The requests that remain of the minute and of the day."""
        minute, day = (self.headers[f"X-Rate-Limit-Remaining-{name}"] for name in ("Minute", "Day"))
        return int(minute), int(day)


def connect(api: Simulator, timeout: float = PATIENCE) -> HTTPConnection:
    """Return a connection that is not yet open."""
    return HTTPConnection(urlsplit(api.base_url).netloc, timeout=timeout)


def ask(
    api: Simulator,
    path: str = PATH,
    method: str = "GET",
    headers: dict[str, str] = AUTHORIZED,
    on: HTTPConnection | None = None,
) -> Answer:
    """Ask once, on a new connection or on the one that is given."""
    if on is None:
        with closing(connect(api)) as connection:
            return ask(api, path, method, headers, connection)
    on.request(method, path, headers=headers)
    response = on.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


@contextmanager
def begun(api: Simulator, timeout: float = PATIENCE) -> Iterator[HTTPResponse]:
    """Send a request and leave its answer unread."""
    with closing(connect(api, timeout)) as connection:
        connection.request("GET", PATH, headers=AUTHORIZED)
        with closing(HTTPResponse(connection.sock)) as response:
            yield response


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(clock: Clock) -> Iterator[Simulator]:
    """Run an API with one job."""
    with Simulator([JOB], api_key=KEY, clock=clock, drip=0.001) as running:
        yield running
