"""Addresses to listen on, and the sockets that are bound to them."""

import re
import socket
from typing import NamedTuple

from exporter.model.errors import ListenError

BACKLOG = 1024
"""Connections that the system keeps for us. A full queue makes a scraper try again after 1 s."""

_UNSENT = 64 * 1024
_UNTAKEN = 60_000

OPTIONS = {
    option: value
    for name, value in (("TCP_NOTSENT_LOWAT", _UNSENT), ("TCP_USER_TIMEOUT", _UNTAKEN))
    if (option := getattr(socket, name, None)) is not None
}
"""What each connection gets from the socket that it came by (tcp(7)), where the system has it.

The system takes no more than `_UNSENT` bytes that it cannot send, in place of megabytes. And it
ends a connection by itself that has been shut for `_UNTAKEN` milliseconds because the other side
takes nothing: one that we have closed would stay for minutes. A slow reader opens it more often.
"""


class Address(NamedTuple):
    """Where to listen; no host means every address of the machine."""

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
    """Return a socket that listens on an address. Raises ListenError when that cannot be.

    The protocol is named, since asyncio turns Nagle's algorithm off only where it is: without
    that an answer in two parts waits 40 ms for the other side's acknowledgement.
    """
    every = not address.host
    dual = every and socket.has_dualstack_ipv6()
    host = "::" if dual else address.host or "0.0.0.0"  # noqa: S104  every address, as asked
    try:
        found = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
        family, kind, _, _, target = found[0]
        sock = socket.socket(family, kind, socket.IPPROTO_TCP)
    except OSError as error:
        raise _refused(address, error) from error
    except UnicodeError as error:
        message = f"cannot listen on {address}: no name of a host"
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
        raise _refused(address, error) from error
    return sock


def _refused(address: Address, error: OSError) -> ListenError:
    return ListenError(f"cannot listen on {address}: {error.strerror}")


def bound_address(sock: socket.socket) -> Address:
    """Return the real address of a socket, with the port that the system chose for port 0."""
    host, port = sock.getsockname()[:2]
    return Address(host, port)
