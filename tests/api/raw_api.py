"""An API of raw bytes, which can send answers that no HTTP library would."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from exporter.api.client import Client
from exporter.config.sections import Account, Refresh
from tests.support.readers import KEY, FixedKey

Answering = Callable[[int], Iterable[bytes]]
"""Returns the pieces to send for a request, given its number from 0 on."""


class RawApi:
    """The record of a raw API, and clients for it.

    `requests` has the head of each request, `sent` the number of bytes sent, and `connections` that
    of the connections.
    """

    def __init__(self, port: int) -> None:
        self.requests: list[bytes] = []
        self.sent = 0
        self.connections = 0
        self.base_url = f"http://127.0.0.1:{port}"

    def client(self, timeout: float, key: str = KEY) -> Client:
        refresh = Refresh().model_copy(update={"timeout": timeout})
        return Client(Account(base_url=self.base_url), FixedKey(key), refresh, {})


@contextmanager
def raw_api(answering: Answering, *, keeps: bool = False) -> Iterator[RawApi]:
    """Answer on loopback. A connection ends after its first answer unless the API `keeps` it."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            api.connections += 1
            with suppress(OSError):
                while (head := self._head()) and (keeps or not api.requests):
                    api.requests.append(head)
                    for piece in answering(len(api.requests) - 1):
                        self.request.sendall(piece)
                        api.sent += len(piece)
                    if not keeps:
                        return

        def _head(self) -> bytes:
            return b"".join(iter(self.rfile.readline, b"\r\n")) if self.rfile.peek(1) else b""

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True  # an endless answer must not hold up a failing test
        api = RawApi(server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
