"""The web configuration in force, looked at again by requests and new connections.

The toolkit reads everything at each request. Here a look reads the files too, and makes something
new of them only where they hold something new. A file system may hang, so a look runs in a thread.
What breaks is logged once, and once when it mends, as is a configuration that changes.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from exporter.config.status import WebConfigView
from exporter.scrape.threads import in_daemon
from exporter.web.access.loaded import LoadedWebConfig, load, reload
from exporter.web.access.peer import Peer
from exporter.web.access.tls import admits
from exporter.web.access.web_config import WebConfig

log = structlog.get_logger()

PATIENCE = 1.0
"""Seconds that a request or a new connection waits for a look at the files."""

Look = Callable[[Path, LoadedWebConfig], LoadedWebConfig]
"""Returns what is in force by the files as they are now, by what was before."""


class Access:
    """What the web configuration says now; without a file it is plain HTTP for everybody.

    A look at the files that takes longer than `patience` seconds hangs: until it ends, nobody waits
    for it, and no other is begun. Lives in one event loop.
    """

    def __init__(
        self,
        file: Path | None = None,
        look: Look = reload,
        patience: float = PATIENCE,
    ) -> None:
        """Read the file. Raises ConfigError with every problem in it and in those that it names."""
        self._file = file
        self._now = LoadedWebConfig(WebConfig()) if file is None else load(file)
        self._look_at = look
        self._patience = patience
        self._turn = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._hangs = False
        self._failed = False

    @property
    def config(self) -> WebConfig:
        """The last good configuration."""
        return self._now.config

    @property
    def context(self) -> ssl.SSLContext | None:
        """What a new connection needs for TLS, from the last good files; None without TLS."""
        return self._now.context

    @property
    def authority(self) -> bytes:
        """The CAs by which this context verifies clients, in PEM."""
        return self._now.authority

    def admits(self, peer: Peer) -> bool:
        """Tell whether the certificate of a client would let it in now."""
        tls = self.config.tls_server_config
        return tls is None or (peer.authority == self.authority and admits(tls, peer.certificate))

    def view(self) -> WebConfigView | None:
        """Return what is wrong with the files as they stand; None without a file."""
        if self._file is None:
            return None
        told = (
            f"{self._file}: expected files that can be read, but they hang" if self._hangs else "",
            f"{self._file}: the exporter failed to look at it" if self._failed else "",
            self._now.refused,
            self._now.unusable,
        )
        return WebConfigView(tuple(problem for problem in told if problem))

    async def reread(self) -> None:
        """Put in force what has changed and is good, by a look that begins after this call.

        One look runs at a time; those who ask meanwhile share the next. Returns without one where
        the files hang.
        """
        if self._file is None or self._hangs:
            return
        if self._next is None:
            self._next = asyncio.create_task(self._look_in_turn(self._file))
        await asyncio.wait((self._next,), timeout=self._patience)

    async def _look_in_turn(self, file: Path) -> None:
        async with self._turn:
            self._next = None
            try:
                after = await self._look(file)
            except Exception:  # the last good one stays
                if not self._failed:
                    log.exception("the exporter failed to look at the web configuration")
                self._failed = True
                return
            if self._failed:
                log.info("the exporter can look at the web configuration again")
            self._failed = False
            before, self._now = self._now, after
        _tell(file, before, after)

    async def _look(self, file: Path) -> LoadedWebConfig:
        """Return what a look sees; tell of one that hangs."""
        looking = in_daemon(partial(self._look_at, file, self._now))
        await asyncio.wait((looking,), timeout=self._patience)
        if not looking.done():
            self._hangs = True
            log.warning("web configuration hangs, the last good one stays", file=str(file))
            await asyncio.wait((looking,))
            self._hangs = False
            log.info("web configuration can be read again", file=str(file))
        return looking.result()


def _tell(file: Path, before: LoadedWebConfig, after: LoadedWebConfig) -> None:
    if after.config != before.config:
        users = len(after.config.basic_auth_users)
        log.info("web configuration changed", file=str(file), users=users)
    if after.refused not in (None, before.refused):
        log.error("web configuration is refused, the old one stays", error=after.refused)
    if before.refused is not None and after.refused is None:
        log.info("web configuration is good again", file=str(file))
    if after.unusable not in (None, before.unusable):
        log.warning("certificate or key is bad, the last ones are used", error=after.unusable)
    if before.unusable is not None and after.unusable is None:
        log.info("certificate and key are good again", file=str(file))
