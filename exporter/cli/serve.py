"""The command `serve`: load the configuration, listen, and answer until a signal comes."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import click
import structlog

from exporter import __version__
from exporter.cli import logs
from exporter.cli.flags import config_file, web_and_log
from exporter.cli.log_queue import LogQueue
from exporter.cli.process import tune_process
from exporter.cli.systemd_notify import Notifier
from exporter.cli.systemd_sockets import handed_over
from exporter.config.loaded import Load, load_everything
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import ExporterError
from exporter.model.instant import Instant, now
from exporter.scrape.collector import Collector
from exporter.scrape.reload import Reloader
from exporter.web.access.reload import Access
from exporter.web.app import create_app
from exporter.web.prefixes import Prefixes
from exporter.web.server.address import Address, UnixAddress, bound_address
from exporter.web.server.listening import listening
from exporter.web.server.server import Life, serve

log = structlog.get_logger()


@click.command("serve")
@config_file
@web_and_log(":10423")
def command(config_file: Path, **options: Any) -> None:
    """Serve the metrics of the configured jobs (the default command)."""
    run_exporter(partial(load_everything, config_file), **options)


def run_exporter(
    load: Load,
    *,
    log_level: str,
    log_format: str,
    around: "Surroundings | None" = None,
    **web: Any,
) -> None:
    """Log to stderr and serve what `load` returns; if the start fails, log one line and exit 1.

    The options are those of `flags.web_and_log`.
    """
    around = around or Surroundings()
    with logs.on_stderr(log_level, log_format) as lines, around.beside():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
        try:
            _serve(load, lines, _Web(**web), around)
        except ExporterError as error:
            log.error("cannot start", error=str(error))  # noqa: TRY400  no bug: no traceback
            sys.exit(1)


async def _nothing(_: Collector) -> None:
    pass


def _silence(_: str | None) -> None:
    pass


class Surroundings(NamedTuple):
    """What surrounds the exporter, other than the real world, as in the demo.

    `beside` makes what runs as long as the program. `prepare` runs before the program serves.
    `running` is called once it does, with the URL of its page; None: it listens only on Unix
    sockets.
    """

    beside: Callable[[], AbstractContextManager[object]] = nullcontext
    clock: Callable[[], Instant] = now
    prepare: Callable[[Collector], Coroutine[Any, Any, None]] = _nothing
    running: Callable[[str | None], None] = _silence


class _Web(NamedTuple):
    """The options of `flags.web_and_log` that say where and how the exporter is reached."""

    web_listen_address: Sequence[Address | UnixAddress]
    web_systemd_socket: bool
    web_telemetry_path: str
    web_external_url: str | None
    web_route_prefix: str | None
    web_config_file: Path | None

    def sockets(self) -> AbstractContextManager[Sequence[socket.socket]]:
        """Return the sockets to listen on, within a block."""
        if self.web_systemd_socket:
            return handed_over(os.environ)
        return listening(self.web_listen_address)

    def prefixes(self) -> Prefixes:
        """Return the paths under which the exporter serves and is reached."""
        return Prefixes.of(self.web_external_url, self.web_route_prefix)

    def page(self, sockets: Sequence[socket.socket], *, tls: bool) -> str | None:
        """Return the URL of the page on this machine, or None if all sockets are Unix sockets.

        It names the host as the user wrote it.
        """
        asked = () if self.web_systemd_socket else self.web_listen_address
        hosts = [address.host for address in asked if isinstance(address, Address)]
        for bound in map(bound_address, sockets):
            if isinstance(bound, Address):
                address = Address(hosts[0] if hosts else bound.host, bound.port)
                return f"{address.url(tls=tls)}{self.prefixes().routes}/"
        return None


def _serve(load: Load, lines: LogQueue, web: _Web, around: Surroundings) -> None:
    """Serve until a signal comes. Raises ExporterError if the start fails."""
    manager = os.environ.get("NOTIFY_SOCKET", "")
    loaded = load(None)
    access = Access(web.web_config_file)

    def complete(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, web_config=access.view(), log_lines_dropped=lines.dropped)

    with web.sockets() as sockets:
        accounts = loaded.config.accounts
        jobs = sum(len(loaded.jobs_of(account)) for account in accounts)
        log.info("starting", version=__version__, accounts=len(accounts), jobs=jobs)
        tune_process()
        with closing(Reloader(loaded, load, around.clock)) as reloader:
            notifier = Notifier(manager, reloader, now)
            path, prefixes = web.web_telemetry_path, web.prefixes()
            app = create_app(reloader.collector, path, notifier.reload, complete, prefixes)

            def ready() -> None:
                notifier.ready()
                around.running(web.page(sockets, tls=access.context is not None))

            async def live() -> None:
                await around.prepare(reloader.collector)
                life = Life(ready, notifier.reload, notifier.stop)
                await serve(app, sockets, access, life)

            asyncio.run(live())
