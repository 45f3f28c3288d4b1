"""An HTTP/1.1 server on loopback with one thread per connection. Closing it ends all of them."""

import sys
from collections.abc import Callable
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler
from socket import SHUT_RDWR, socket
from socketserver import ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from exporter.simulator.answers import Answer
from exporter.simulator.faults import CUT, LENGTHLESS, SILENT, Fault

Decide = Callable[[str, Message], tuple[Answer, Fault | None]]


class _Handler(BaseHTTPRequestHandler):
    """One connection. The base class refuses every method but GET."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write per answer: a second write would wait for an acknowledgement
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        # The body has no meaning, but the next request comes after it.
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer, fault = self.server.decide(self.path, self.headers)
        self.close_connection |= fault in CUT
        if fault is Fault.HANG:
            self.rfile.read()  # until one side closes
        elif fault not in SILENT:
            self._send(answer, fault)

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        self.send_response_only(answer.status)
        if fault is Fault.DRIP_HEADERS:
            self._drip()
            return
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if fault not in LENGTHLESS:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if fault is Fault.DRIP_BODY:
            self._drip()
            return
        self.wfile.write(answer.body[:-40] if fault is Fault.TRUNCATED else answer.body)

    def _drip(self) -> None:
        self.flush_headers()
        self.wfile.flush()
        while not self.server.closing.wait(self.server.drip):
            self.connection.sendall(b"x")

    def log_message(self, *_: object) -> None:
        """Print nothing: the simulator records requests."""


class Server(ThreadingTCPServer):
    """Sends the answer that `decide` returns for a path and headers.

    It is not an HTTPServer, because that would look up its own name in DNS.
    """

    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self, port: int, decide: Decide, drip: float) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.decide = decide
        self.drip = drip
        self.closing = Event()
        self._open: dict[Thread, socket] = {}
        self._acceptor = Thread(target=self.serve_forever, name="simulator", daemon=True)

    def start(self) -> None:
        """Start to answer. Call this once."""
        self._acceptor.start()

    def close(self) -> None:
        """End every connection, thread and wait; then free the port."""
        self.closing.set()
        if self._acceptor.is_alive():
            with suppress(OSError):
                self.socket.shutdown(SHUT_RDWR)  # wakes the acceptor, which otherwise only polls
            self.shutdown()
            self._acceptor.join()
        self.server_close()
        for connection in self._open.values():
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)  # wakes recv() and send()
        for thread in self._open:
            thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a daemon thread, and remember both, as the base class does not."""
        self._open = {thread: sock for thread, sock in self._open.items() if thread.is_alive()}
        args = (request, client_address)
        thread = Thread(target=self.process_request_thread, args=args, daemon=True)
        thread.start()
        self._open[thread] = request

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print the traceback of a bug. A client that has gone is not a bug."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
