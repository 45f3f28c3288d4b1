"""The sockets that listen on addresses."""

import errno
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from exporter.model.errors import ListenError
from exporter.web.server.address import Address, UnixAddress
from exporter.web.server.unix_socket import unix_socket

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

_NO_SUCH_ADDRESS = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
"""The machine does not have this address, or none of its family: IPv6 may be switched off."""


class Target(NamedTuple):
    """One address of the system's, with port 0 or the port asked for.

    `name` is what getaddrinfo gives. `is_dual` means every address, of IPv4 too.
    """

    family: int
    name: tuple[Any, ...]
    is_dual: bool = False


@contextmanager
def listening(addresses: Iterable[Address | UnixAddress]) -> Iterator[list[socket.socket]]:
    """Listen on addresses during the block. Raises ListenError if that fails."""
    with ExitStack() as stack:
        sockets: list[socket.socket] = []
        for address in addresses:
            if isinstance(address, UnixAddress):
                sockets.append(stack.enter_context(unix_socket(address, BACKLOG)))
            else:
                sockets.extend(map(stack.enter_context, bind(address)))
        yield sockets


def bind(address: Address) -> list[socket.socket]:
    """Return sockets that listen on every address of a host, all on one port.

    Raises ListenError if that fails.
    """
    try:
        return bind_each(targets_of(address))
    except OSError as error:
        message = f"cannot listen on {address}: {reason_of(address, error)}"
        raise ListenError(message) from error
    except UnicodeError as error:
        message = f"cannot listen on {address}: not a valid host name"
        raise ListenError(message) from error


def targets_of(address: Address) -> list[Target]:
    """Return every address of a host. Raises OSError or UnicodeError."""
    is_dual = not address.host and socket.has_dualstack_ipv6()
    host = "::" if is_dual else address.host or "0.0.0.0"  # noqa: S104  every address, as asked
    found = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)
    return [Target(family, name, is_dual) for family, _, _, _, name in found]


def bind_each(targets: Sequence[Target]) -> list[socket.socket]:
    """Return sockets that listen on the targets, each once, all on one port.

    Addresses that the machine does not have are left out, as long as it has one of them. Raises
    OSError if that fails.
    """
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    with ExitStack() as opened:
        for target in dict.fromkeys(targets):
            port = sockets[0].getsockname()[1] if sockets else target.name[1]
            try:
                sockets.append(opened.enter_context(_bound(target, port)))
            except OSError as error:
                if error.errno not in _NO_SUCH_ADDRESS:
                    raise
                problem = error
        if problem is not None and not sockets:
            raise problem
        opened.pop_all()
    return sockets


def _bound(target: Target, port: int) -> socket.socket:
    """Return a socket that listens on a target.

    It names its protocol, because asyncio turns off Nagle's algorithm only for such a socket. With
    that algorithm, an answer in two parts waits 40 ms for the client's acknowledgement.
    """
    sock = socket.socket(target.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        set_options(sock)
        if target.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not target.is_dual)
        host, _, *more = target.name
        sock.bind((host, port, *more))
        sock.listen(BACKLOG)
    except OSError:
        sock.close()
        raise
    return sock


def set_options(sock: socket.socket) -> None:
    """Set the `OPTIONS` of a listening TCP socket."""
    for option, value in OPTIONS.items():
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def reason_of(address: Address, error: OSError) -> str:
    """Return why an address cannot be listened on, and what to do."""
    another = "choose another with --web.listen-address"
    if error.errno == errno.EADDRINUSE:
        return f"port {address.port} is already in use; {another}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"the program's user may not use port {address.port}: a low port takes the capability "
            f"CAP_NET_BIND_SERVICE; {another}"
        )
    if error.errno in _NO_SUCH_ADDRESS:
        return f"this machine does not have that address; {another}"
    return error.strerror or str(error)
