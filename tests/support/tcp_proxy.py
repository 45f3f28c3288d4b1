"""A TCP proxy that treats each request as its script says, as a firewall may."""

import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from urllib.parse import urlsplit

_CHUNK = 64 * 1024
_PAUSE = 0.1
"""Seconds between two bytes of a drip."""


class Fate(Enum):
    """What becomes of a request, and of the flow that carries it."""

    PASS = auto()
    CLOSE = auto()  # the other side had just closed the connection
    RESET = auto()  # a firewall refuses a flow that it does not know
    SWALLOW = auto()  # a firewall drops a flow that it does not know
    DRIP = auto()  # it passes, and every answer on the flow comes byte by byte


Script = Callable[[int, int], Fate]
"""The fate of a request, by the number of its flow and its number in the flow, both from 0."""


def always(_flow: int, _request: int) -> Fate:
    """Let every request pass."""
    return Fate.PASS


class TcpProxy:
    """The proxy's target and script, and how many flows and requests came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.target = ("", 0)
        self.script: Script = always
        self.flows = 0
        self.requests = 0

    def to(self, url: str) -> str:
        """Pass connections on to the server of `url`; return the URL by way of the proxy."""
        parts = urlsplit(url)
        self.target = (parts.hostname or "", parts.port or 0)
        return parts._replace(netloc=f"127.0.0.1:{self.port}").geturl()

    def forget(self, fate: Fate) -> None:
        """Give every flow of today this fate with its next request; let the later ones pass."""
        known = self.flows
        self.script = lambda flow, _: fate if flow < known else Fate.PASS


def _reset(sock: socket.socket) -> None:
    """End a connection with RST instead of FIN (SO_LINGER with 0 s in socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _pump(source: socket.socket, sink: socket.socket, drips: Event, ended: Event) -> None:
    with suppress(OSError):
        while data := source.recv(1 if drips.is_set() else _CHUNK):
            sink.sendall(data)
            if drips.is_set():
                ended.wait(_PAUSE)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tcp_proxy() -> Iterator[TcpProxy]:
    """Run a proxy on loopback that lets everything pass until its script says otherwise."""
    ended = Event()

    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            flow, proxy.flows = proxy.flows, proxy.flows + 1
            with socket.create_connection(proxy.target) as upstream, suppress(OSError):
                drips = Event()
                pumped = (upstream, self.request, drips, ended)
                back = Thread(target=_pump, args=pumped, daemon=True)
                back.start()
                self._pass_on(flow, upstream, drips)
                upstream.shutdown(socket.SHUT_RDWR)
                back.join()

        def _pass_on(self, flow: int, upstream: socket.socket, drips: Event) -> None:
            request = 0
            while data := self.request.recv(_CHUNK):
                proxy.requests += 1
                fate = proxy.script(flow, request)
                request += 1
                if fate is Fate.RESET:
                    _reset(self.request)
                if fate in (Fate.CLOSE, Fate.RESET):
                    return
                if fate is Fate.DRIP:
                    drips.set()
                if fate is not Fate.SWALLOW:
                    upstream.sendall(data)

    with ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        proxy = TcpProxy(server.server_address[1])
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            ended.set()
            server.shutdown()
            thread.join()
