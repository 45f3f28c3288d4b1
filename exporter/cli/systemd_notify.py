"""What the service manager is told of the program's life, as sd_notify(3) says.

The protocol is a line or two in a datagram, so a library for it would be longer than its use.
"""

import socket
from collections.abc import Callable

import structlog

from exporter.model.instant import Instant
from exporter.model.words import counted
from exporter.scrape.collector import Collector
from exporter.scrape.reload import Reloader

log = structlog.get_logger()

_MICROSECONDS = 1_000_000


class Notifier:
    """Tells the service manager when the program is ready, reloads and stops.

    `address` is the value of NOTIFY_SOCKET: a path, or `@` and a name for a socket that is in no
    folder (unix(7)). If it is empty, nobody is told. No message waits for the service manager, and
    none fails: the first that cannot be sent is logged.
    """

    def __init__(self, address: str, reloader: Reloader, clock: Callable[[], Instant]) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._reloader = reloader
        self._clock = clock
        self._reloads = 0
        self._has_failed = False

    def ready(self, problems: tuple[str, ...] = ()) -> None:
        """Tell that the program serves, what it watches, and whether the last reload failed."""
        self._send("READY=1", f"STATUS={_watching(self._reloader.collector)}{_kept(problems)}")

    async def reload(self) -> tuple[str, ...]:
        """Reload, and tell when that begins and when no reload is under way any more.

        Return the problems of the configuration, as the reloader does.
        """
        self._reloads += 1
        self._send(
            "RELOADING=1",
            f"MONOTONIC_USEC={int(self._clock().monotonic * _MICROSECONDS)}",
            "STATUS=loading the configuration",
        )
        try:
            problems = await self._reloader.reload()
        finally:
            self._reloads -= 1
        if not self._reloads:
            self.ready(problems)
        return problems

    def stop(self) -> None:
        """Tell that the program stops, and stop collecting."""
        self._send("STOPPING=1", "STATUS=stopping")
        self._reloader.collector.stop()

    def _send(self, *lines: str) -> None:
        """Send one message; none after the program was told to stop."""
        if not self._address or self._reloader.collector.stopping:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.settimeout(0)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._has_failed:
                log.warning(
                    "service manager cannot be told", socket=self._address, error=error.strerror
                )
            self._has_failed = True


def _watching(collector: Collector) -> str:
    jobs, accounts = collector.watched, len(collector.accounts)
    return f"watching {counted(jobs, 'job')} of {counted(accounts, 'account')}"


def _kept(problems: tuple[str, ...]) -> str:
    return "; the last reload failed, and the old configuration is kept" if problems else ""
