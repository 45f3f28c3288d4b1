"""The wire under one connection: its transport, TLS over it, and the bytes not yet taken."""

import asyncio
import fcntl
import select
import struct
import termios


class SocketWire:
    """The socket of a connection, from before the TLS handshake to the end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._bottom = self._top = transport

    def secure(self, transport: asyncio.Transport) -> None:
        """Put the transport of TLS on top of the plain one."""
        self._top = transport

    def abort(self) -> None:
        """Close the connection at once."""
        self._bottom.abort()

    def is_closing(self) -> bool:
        """Tell whether this side has ended the connection; earlier bytes may be on their way."""
        return self._top.is_closing()

    def is_gone(self) -> bool:
        """Tell whether the client has ended the connection, even while nothing is read from it."""
        sock = self._bottom.get_extra_info("socket")
        if self.is_closing() or sock.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def unsent(self) -> int:
        """Return how many written bytes the client has not taken.

        The system's send queue counts too: it holds megabytes, so asyncio's buffer may not move for
        half a minute while a slow client reads. Bytes that TLS holds back do not count: TLS hands
        them on as soon as the transport under it has room.
        """
        return self._bottom.get_write_buffer_size() + _send_queue(self._bottom)


def _send_queue(transport: asyncio.Transport) -> int:
    """Return the bytes in a socket's send queue (SIOCOUTQ in tcp(7)); 0 for a closed socket."""
    sock = transport.get_extra_info("socket")
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(struct.calcsize("i")))
    except (OSError, ValueError):  # a closed socket has no file descriptor
        return 0
    return int(struct.unpack("i", answer)[0])
