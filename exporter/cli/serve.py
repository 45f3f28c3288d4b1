"""The command `serve`: load the configuration, listen, and answer until a signal comes."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog

from exporter import __version__
from exporter.cli import logs
from exporter.cli.flags import config_file, web_and_log
from exporter.cli.log_queue import LogQueue
from exporter.cli.process import tune_process
from exporter.config.loaded import Load, load_everything
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import ExporterError
from exporter.model.instant import now
from exporter.scrape.reload import Reloader
from exporter.web.access.reload import Access
from exporter.web.app import create_app
from exporter.web.prefixes import Prefixes
from exporter.web.server.address import Address, UnixAddress
from exporter.web.server.listening import listening
from exporter.web.server.server import serve

log = structlog.get_logger()


@click.command("serve")
@config_file
@web_and_log
def command(config_file: Path, **options: Any) -> None:
    """Serve the metrics of the configured jobs (the default command)."""
    run_exporter(partial(load_everything, config_file), **options)


def run_exporter(
    load: Load,
    *,
    log_level: str,
    log_format: str,
    beside: AbstractContextManager[object] | None = None,
    **web: Any,
) -> None:
    """Log to stderr and serve what `load` returns; if the start fails, log one line and exit 1.

    The options are those of `flags.web_and_log`. `beside` runs as long as the
    program.
    """
    with logs.on_stderr(log_level, log_format) as lines, beside or nullcontext():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
        try:
            _serve(load, lines, **web)
        except ExporterError as error:
            log.error("cannot start", error=str(error))  # noqa: TRY400  no bug: no traceback
            sys.exit(1)


def _serve(
    load: Load,
    lines: LogQueue,
    *,
    web_listen_address: Sequence[Address | UnixAddress],
    web_telemetry_path: str,
    web_config_file: Path | None,
    **paths: Any,
) -> None:
    """Serve until a signal comes. Raises ExporterError if the start fails.

    `paths` are the arguments of `Prefixes.of`.
    """
    loaded = load(None)
    access = Access(web_config_file)

    def complete(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, web_config=access.view(), log_lines_dropped=lines.dropped)

    with listening(web_listen_address) as sockets:
        accounts = loaded.config.accounts
        jobs = sum(len(loaded.jobs_of(account)) for account in accounts)
        log.info("starting", version=__version__, accounts=len(accounts), jobs=jobs)
        tune_process()
        with closing(Reloader(loaded, load, now)) as reloader:
            app = create_app(
                reloader.collector,
                web_telemetry_path,
                reloader.reload,
                complete,
                Prefixes.of(**paths),
            )
            asyncio.run(serve(app, sockets, access, reloader.reload, reloader.collector.stop))
