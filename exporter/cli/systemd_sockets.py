"""The listening sockets that systemd hands over, as sd_listen_fds(3) says."""

import os
import socket
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack, contextmanager

from exporter.model.errors import ListenError
from exporter.web.server.listening import set_options

_FIRST = 3
"""The first file descriptor that systemd hands over; the others follow it."""

_VARIABLES = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID")


@contextmanager
def handed_over(environ: MutableMapping[str, str]) -> Iterator[list[socket.socket]]:
    """Listen on the sockets that systemd hands over, during the block.

    No child gets them: the variables that name them are taken out of `environ`. What systemd made,
    such as the file of a Unix socket, stays. Raises ListenError.
    """
    count, pid, *_ = (environ.pop(name, "") for name in _VARIABLES)
    if not count.isdecimal() or int(count) == 0:
        message = "it hands over none; start the program by a .socket unit, or leave out the flag"
        raise _no_sockets(message)
    if pid != str(os.getpid()):
        message = (
            f"they are for process {pid or '(none)'}, and this is process {os.getpid()}; "
            "the .service unit has to start the program itself, without a shell"
        )
        raise _no_sockets(message)
    with ExitStack() as stack:
        yield [stack.enter_context(_listener(_FIRST + index)) for index in range(int(count))]


def _listener(descriptor: int) -> socket.socket:
    """Return the socket of a file descriptor. Raises ListenError if it does not listen."""
    try:
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        raise _not_listening(descriptor) from error
    is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6)
    is_stream = sock.type == socket.SOCK_STREAM and (is_tcp or sock.family == socket.AF_UNIX)
    if not is_stream or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.close()
        raise _not_listening(descriptor)
    sock.set_inheritable(False)
    if is_tcp:
        set_options(sock)
    return sock


def _not_listening(descriptor: int) -> ListenError:
    return _no_sockets(
        f"file descriptor {descriptor} is no listening stream socket; "
        "the .socket unit needs ListenStream= and Accept=no"
    )


def _no_sockets(reason: str) -> ListenError:
    return ListenError(f"cannot listen on the sockets of systemd (--web.systemd-socket): {reason}")
