"""Crowds of clients that open connections to the program and leave them open."""

import socket
from contextlib import ExitStack, closing

from tests.support.program import PATIENCE, Program

HALF = b"GET /metrics HTTP/1.1\r\nHost: exporter\r\nX-Half: "
"""A request that never ends."""


def address(program: Program) -> tuple[str, int]:
    host, _, port = program.addresses[0].rpartition(":")
    return host, int(port)


def crowd(stack: ExitStack, program: Program, number: int, sent: bytes) -> list[socket.socket]:
    """Open `number` connections and send the same bytes on each, and nothing more."""
    connections = []
    for _ in range(number):
        connection = socket.create_connection(address(program), timeout=PATIENCE)
        connections.append(stack.enter_context(closing(connection)))
        connection.sendall(sent)
    return connections
