"""The Unix sockets to listen on: their files, and who may connect."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from exporter.model.errors import ListenError
from exporter.web.server.address import UnixAddress

LONGEST = 107
"""Most bytes of a Unix socket's path (unix(7)); one more is the zero at its end."""

_NOT_0660 = 0o117
"""The umask with which the system makes the file of a socket with mode 0660."""


@contextmanager
def unix_socket(address: UnixAddress, backlog: int) -> Iterator[socket.socket]:
    """Listen on a Unix socket during the block, for the program's user and group (mode 0660).

    A socket whose program is dead is replaced. At the end the file is removed, unless another file
    has taken its place. Raises ListenError.
    """
    if len(os.fsencode(address.path)) > LONGEST:
        raise _cannot_listen(address, f"its path is longer than {LONGEST} bytes")
    try:
        _remove_dead(address)
        sock = _bound(address.path, backlog)
    except OSError as error:
        raise _cannot_listen(address, _reason(address, error)) from error
    file = _file_at(address.path)
    try:
        with closing(sock):
            yield sock
    finally:
        if _file_at(address.path) == file:
            with suppress(OSError):
                Path(address.path).unlink()


def _remove_dead(address: UnixAddress) -> None:
    """Remove a socket that nobody listens on. Raises ListenError for anything else at its path."""
    path = Path(address.path)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        reason = "there is a file that is no socket; remove it or choose another path"
        raise _cannot_listen(address, reason)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(0)
        result = client.connect_ex(address.path)
    if result == errno.EACCES:
        reason = "the program's user may not connect to the socket that is there; remove it"
        raise _cannot_listen(address, reason)
    if result != errno.ECONNREFUSED:
        reason = "a program listens on it already; choose another path with --web.listen-address"
        raise _cannot_listen(address, reason)
    path.unlink()


def _bound(path: str, backlog: int) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(_NOT_0660)
    try:
        sock.bind(path)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def _file_at(path: str) -> tuple[int, int, int] | None:
    """Return what tells a file from a later one at its path: numbers of inodes are used again."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _reason(address: UnixAddress, error: OSError) -> str:
    folder = Path(address.path).parent
    if error.errno == errno.ENOENT:
        return f"there is no folder {folder}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"the program's user may not make a socket there; let it write to {folder}"
    return error.strerror or str(error)


def _cannot_listen(address: UnixAddress, reason: str) -> ListenError:
    return ListenError(f"cannot listen on {address}: {reason}")
