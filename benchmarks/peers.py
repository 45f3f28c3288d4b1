"""The peers of our `/metrics`: two other servers of the same exposition, each in its own process.

- *send only* sends one ready answer, head and body in one piece, and does nothing else.
- *prometheus-client* serves the same families with the server of that library. Its collector keeps
  the samples, and makes only the families anew at each scrape.
"""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from sys import intern
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric, start_http_server
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from benchmarks.processes import child

SEND_ONLY, PROMETHEUS_CLIENT = "send only", "prometheus-client"
HOST = "127.0.0.1"


class Peer(NamedTuple):
    """A running server: a connection to it, and its process id."""

    connection: HTTPConnection
    pid: int


@contextmanager
def send_only(body: bytes, headers: dict[str, str]) -> Iterator[Peer]:
    """Serve one body with these headers to one connection at a time, until the block ends."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 200 OK\r\n{lines}Content-Length: {len(body)}\r\n\r\n"
    with _peer(_send, head.encode() + body) as peer:
        yield peer


@contextmanager
def prometheus_client(exposition: bytes) -> Iterator[Peer]:
    """Serve the families of an exposition in the text format, until the block ends."""
    with _peer(_serve, exposition) as peer:
        yield peer


@contextmanager
def _peer(serve: Callable[[Connection], None], what: bytes) -> Iterator[Peer]:
    """Run a server, which gets `what` it serves through the pipe and answers with its address.

    As an argument of the process `what` would stay in its memory.
    """
    with child(serve) as process:
        process.pipe.send(what)
        with closing(HTTPConnection(process.pipe.recv())) as connection:
            yield Peer(connection, process.pid)


def _send(pipe: Connection) -> None:
    answer = pipe.recv()
    with socket.create_server((HOST, 0)) as server:
        pipe.send(f"{HOST}:{server.getsockname()[1]}")
        while True:
            connection, _ = server.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while connection.recv(65_536):
                    connection.sendall(answer)


class Families(Collector):
    """A collector of the families that an exposition shows."""

    def __init__(self, exposition: str) -> None:
        self._families = [
            (family.name, family.documentation, family.type, list(map(_frugal, family.samples)))
            for family in text_string_to_metric_families(exposition)
        ]

    def collect(self) -> Iterable[Metric]:
        """Yield the families, as the library asks for them at each scrape."""
        for name, documentation, kind, samples in self._families:
            family = Metric(name, documentation, kind)
            family.samples = samples
            yield family


def _frugal(sample: Sample) -> Sample:
    """Return a sample that shares its texts with others, as those of a careful program do."""
    labels = {intern(name): intern(value) for name, value in sample.labels.items()}
    return Sample(intern(sample.name), labels, sample.value)


def _serve(pipe: Connection) -> None:
    registry = CollectorRegistry()
    registry.register(Families(pipe.recv().decode()))
    server, thread = start_http_server(0, HOST, registry)
    pipe.send(f"{HOST}:{server.server_port}")
    thread.join()
