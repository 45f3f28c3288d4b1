"""The wire of one connection: its transport, with or without TLS, and its unsent bytes."""

import asyncio
import fcntl
import select
import struct
import termios


class SocketWire:
    """The socket of a connection, from before the TLS handshake until the end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._bottom = self._top = transport

    def secure(self, transport: asyncio.Transport) -> None:
        """Put the TLS transport on top of the plain one."""
        self._top = transport

    def abort(self) -> None:
        """Close the connection at once."""
        self._bottom.abort()

    def is_closing(self) -> bool:
        """Tell whether this side has ended the connection; written bytes may still be underway."""
        return self._top.is_closing()

    def is_gone(self) -> bool:
        """Tell whether the client has ended the connection, even while reading is paused."""
        sock = self._bottom.get_extra_info("socket")
        if self.is_closing() or sock.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        return bool(poll.poll(0))

    def unsent(self) -> int:
        """Return how many written bytes the client has not taken.

        The system's send queue counts too. It can hold megabytes, so asyncio's buffer may stay
        unchanged for half a minute while a slow client reads. Bytes inside TLS do not count: TLS
        passes them on as soon as the transport under it has room.
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
