import socket
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
from urllib3.exceptions import ConnectTimeoutError

from exporter.api.connection import Connection, Shared
from exporter.simulator import Simulator
from tests.api.raw_api import raw_api
from tests.support.program import PATIENCE
from tests.support.readers import KEY


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
    with Simulator([], api_key=KEY) as api:
        host, _, port = urlsplit(api.base_url).netloc.partition(":")
        connection = Connection(
            host, int(port), timeout=timeout, shared=Shared(lambda: next(times))
        )
        with pytest.raises(ConnectTimeoutError) if late else nullcontext():
            connection.connect()
        assert connection.is_closed is late
        connection.close()


def test_a_kept_connection_that_takes_no_request_is_replaced() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with raw_api(lambda _: [answer], keeps=True) as api:
        port = urlsplit(api.base_url).port
        connection = Connection("127.0.0.1", port, timeout=PATIENCE, shared=Shared())
        for _ in range(2):
            connection.request("GET", "/")
            assert connection.getresponse().data == b"{}"
            connection.sock.shutdown(socket.SHUT_WR)
        connection.close()
    assert (len(api.requests), api.connections) == (2, 2)
