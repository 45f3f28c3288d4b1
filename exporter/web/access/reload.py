"""The web configuration in force, reread by requests and new connections.

Like the exporter-toolkit, a reread reads all files at each request. But it builds a new
configuration only if their contents have changed. A file system may hang, so a reread runs in a
thread. A problem is logged once when it begins and once when it ends; a changed configuration is
logged once.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from exporter.config.status import WebConfigView
from exporter.scrape.threads import in_daemon
from exporter.web.access.loaded import LoadedWebConfig, load, reread
from exporter.web.access.peer import Peer
from exporter.web.access.tls import admits
from exporter.web.access.web_config import WebConfig

log = structlog.get_logger()

REREAD_TIMEOUT = 1.0
"""Most seconds that a request or a new connection waits for a reread."""

Reread = Callable[[Path, LoadedWebConfig], LoadedWebConfig]
"""Returns the configuration by the present files, given the configuration in force before."""


class Access:
    """The web configuration in force; without a file, plain HTTP for everybody.

    A reread that takes longer than `timeout` seconds hangs. Until it ends, no request waits for it
    and no other reread begins. Lives in one event loop.
    """

    def __init__(
        self,
        file: Path | None = None,
        reread: Reread = reread,
        timeout: float = REREAD_TIMEOUT,
    ) -> None:
        """Load the file. Raises ConfigError with every problem of it and of the files it names."""
        self._file = file
        self._loaded = LoadedWebConfig(WebConfig()) if file is None else load(file)
        self._reread = reread
        self._timeout = timeout
        self._one_at_a_time = asyncio.Lock()
        self._next_reread: asyncio.Task[None] | None = None
        self._hangs = False
        self._failed = False

    @property
    def config(self) -> WebConfig:
        """The last good configuration."""
        return self._loaded.config

    @property
    def context(self) -> ssl.SSLContext | None:
        """The TLS context for a new connection, from the last good files; None without TLS."""
        return self._loaded.context

    @property
    def client_cas(self) -> bytes:
        """The CAs with which `context` verifies clients, in PEM."""
        return self._loaded.client_cas

    def admits(self, peer: Peer) -> bool:
        """Tell whether the configuration in force admits the certificate of a client."""
        tls = self.config.tls_server_config
        return tls is None or (peer.client_cas == self.client_cas and admits(tls, peer.certificate))

    def view(self) -> WebConfigView | None:
        """Return the problems of the present files; None without a web configuration."""
        if self._file is None:
            return None
        problems = (
            f"{self._file}: expected files that can be read, but they hang" if self._hangs else "",
            f"{self._file}: the exporter failed to read it" if self._failed else "",
            self._loaded.config_problem,
            self._loaded.certificate_problem,
        )
        return WebConfigView(tuple(problem for problem in problems if problem))

    async def reread(self) -> None:
        """Reread the files, and put changed files in force if they are good.

        The reread begins after this call. One reread runs at a time; calls during a reread share
        the next one. Returns at once while the files hang.
        """
        if self._file is None or self._hangs:
            return
        if self._next_reread is None:
            self._next_reread = asyncio.create_task(self._reread_in_turn(self._file))
        await asyncio.wait((self._next_reread,), timeout=self._timeout)

    async def _reread_in_turn(self, file: Path) -> None:
        async with self._one_at_a_time:
            self._next_reread = None
            try:
                after = await self._read(file)
            except Exception:  # the last good configuration stays in force
                if not self._failed:
                    log.exception("the exporter failed to read the web configuration")
                self._failed = True
                return
            if self._failed:
                log.info("the exporter can read the web configuration again")
            self._failed = False
            before, self._loaded = self._loaded, after
        _log_change(file, before, after)

    async def _read(self, file: Path) -> LoadedWebConfig:
        """Reread the files in a thread. Log when the reread hangs, and when it ends after all."""
        reading = in_daemon(partial(self._reread, file, self._loaded))
        await asyncio.wait((reading,), timeout=self._timeout)
        if not reading.done():
            self._hangs = True
            log.warning("web configuration hangs, keeping the last good one", file=str(file))
            await asyncio.wait((reading,))
            self._hangs = False
            log.info("web configuration no longer hangs", file=str(file))
        return reading.result()


def _log_change(file: Path, before: LoadedWebConfig, after: LoadedWebConfig) -> None:
    if after.config != before.config:
        users = len(after.config.basic_auth_users)
        log.info("web configuration changed", file=str(file), users=users)
    if after.config_problem not in (None, before.config_problem):
        log.error("web configuration is refused, keeping the old one", error=after.config_problem)
    if before.config_problem is not None and after.config_problem is None:
        log.info("web configuration is good again", file=str(file))
    if after.certificate_problem not in (None, before.certificate_problem):
        log.warning(
            "certificate or key is bad, using the last good ones", error=after.certificate_problem
        )
    if before.certificate_problem is not None and after.certificate_problem is None:
        log.info("certificate and key are good again", file=str(file))
