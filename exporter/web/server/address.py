"""The addresses to listen on, as users write them."""

import re
import socket
from typing import NamedTuple

FORMS = ":10423, 127.0.0.1:10423, [::1]:10423, localhost:10423 or unix:/run/fusebill-exporter.sock"
"""An example of each form of an address."""

_TCP = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^\[\]:/\s]*)):([0-9]{1,5})")
_UNIX = re.compile(r"unix:(/.*)")
_LAST_PORT = 65_535
_EVERY_ADDRESS = ("", "0.0.0.0", "::")  # noqa: S104  compared, not listened on


class Address(NamedTuple):
    """A host and a port. An empty host means every address of the machine; a name all of its."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def url(self, *, tls: bool) -> str:
        """Return the URL for a browser on this machine, without a path."""
        host = "localhost" if self.host in _EVERY_ADDRESS else self.host
        return f"{'https' if tls else 'http'}://{Address(host, self.port)}"


class UnixAddress(NamedTuple):
    """A Unix socket's absolute path; `@` and a name for a socket that is in no folder (unix(7))."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


def parse_address(text: str) -> Address | UnixAddress:
    """Parse an address in one of the `FORMS`. Raises ValueError for anything else."""
    if (match := _UNIX.fullmatch(text)) is not None and text.isprintable():
        return UnixAddress(match[1])
    match = _TCP.fullmatch(text)
    if match is None or int(match[3]) > _LAST_PORT:
        message = f"expected an address such as {FORMS}"
        raise ValueError(message)
    return Address(match[1] or match[2] or "", int(match[3]))


def bound_address(sock: socket.socket) -> Address | UnixAddress:
    """Return the real address of a socket; the system chose the port if port 0 was asked for."""
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return UnixAddress(f"@{name[1:].decode()}" if isinstance(name, bytes) else name)
    return Address(*name[:2])
