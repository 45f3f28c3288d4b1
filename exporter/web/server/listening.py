"""The addresses to listen on, and the sockets bound to them."""

import re
import socket
from typing import NamedTuple

from exporter.model.errors import ListenError

BACKLOG = 1024
"""Connections that may wait in the system's queue. If it is full, a scraper retries after 1 s."""

_UNSENT = 64 * 1024
_UNTAKEN = 60_000

OPTIONS = {
    option: value
    for name, value in (("TCP_NOTSENT_LOWAT", _UNSENT), ("TCP_USER_TIMEOUT", _UNTAKEN))
    if (option := getattr(socket, name, None)) is not None
}
"""Options that each connection inherits from its listener (tcp(7)), where the system has them.

The system buffers at most `_UNSENT` bytes that it cannot send yet, instead of megabytes. It ends a
closed connection whose client takes nothing for `_UNTAKEN` milliseconds; otherwise such a
connection would stay for minutes. A slow reader takes bytes more often than that.
"""


class Address(NamedTuple):
    """An address to listen on. An empty host means every address of the machine."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Parse `:10423`, `127.0.0.1:0` or `[::1]:10423`. Raises ValueError for anything else."""
    match = re.fullmatch(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/\s]*)):([0-9]{1,5})", text)
    if match is None or int(match[3]) > 65_535:  # noqa: PLR2004  the last port
        message = "expected an address such as :10423, 127.0.0.1:10423 or [::1]:10423"
        raise ValueError(message)
    return Address(match[1] or match[2] or "", int(match[3]))


def bind(address: Address) -> socket.socket:
    """Return a socket that listens on an address. Raises ListenError if that fails.

    The socket names its protocol, because asyncio turns off Nagle's algorithm only for such a
    socket. With that algorithm, an answer in two parts waits 40 ms for the client's
    acknowledgement.
    """
    every = not address.host
    dual = every and socket.has_dualstack_ipv6()
    host = "::" if dual else address.host or "0.0.0.0"  # noqa: S104  every address, as asked
    try:
        found = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
        family, kind, _, _, target = found[0]
        sock = socket.socket(family, kind, socket.IPPROTO_TCP)
    except OSError as error:
        raise _cannot_listen(address, error) from error
    except UnicodeError as error:
        message = f"cannot listen on {address}: not a valid host name"
        raise ListenError(message) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for option, value in OPTIONS.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not dual)
        sock.bind(target)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise _cannot_listen(address, error) from error
    return sock


def _cannot_listen(address: Address, error: OSError) -> ListenError:
    return ListenError(f"cannot listen on {address}: {error.strerror}")


def bound_address(sock: socket.socket) -> Address:
    """Return the real address of a socket; the system chose the port if port 0 was asked for."""
    host, port = sock.getsockname()[:2]
    return Address(host, port)
