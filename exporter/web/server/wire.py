"""The wire of one connection: its transport, that of TLS over it, and what waits to be taken."""

import asyncio
import fcntl
import select
import struct
import termios


class Wire:
    """A connection as it is under HTTP, from before the handshake to its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._under = self._top = transport

    def secure(self, transport: asyncio.Transport) -> None:
        """Go on with the transport of TLS that stands over the first."""
        self._top = transport

    def abort(self) -> None:
        """Close it at once."""
        self._under.abort()

    def is_closing(self) -> bool:
        """Tell whether we have ended it; what was written before may still be on its way."""
        return self._top.is_closing()

    def is_lost(self) -> bool:
        """Tell whether the other side has ended it, also while nothing is read from it."""
        sock = self._under.get_extra_info("socket")
        if self.is_closing() or sock.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def unsent(self) -> int:
        """Return how many bytes of what was written the other side has not taken.

        The system's own queue counts: it holds megabytes, so asyncio's buffer stands still for half
        a minute while a slow client reads. What TLS holds back does not: it is handed on as soon as
        the transport under it has room.
        """
        return self._under.get_write_buffer_size() + _in_the_system(self._under)


def _in_the_system(transport: asyncio.Transport) -> int:
    """Return the bytes of a socket's send queue (SIOCOUTQ in tcp(7)); 0 for one that is closed."""
    sock = transport.get_extra_info("socket")
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
    except (OSError, ValueError):  # a closed one has no number to ask with
        return 0
    return int(struct.unpack("i", answer)[0])
