"""The command line: parses, loads, wires and serves. The only module that knows all the others."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import structlog

from exporter import __version__
from exporter.cli import logs, report
from exporter.cli.demo import make_demo
from exporter.cli.flags import DefaultToServe, Duration, config_file, finite, web_and_log
from exporter.cli.log_queue import LogQueue
from exporter.cli.memory import give_large_blocks_back
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.loaded import Load, LoadedConfig, load_everything, read_keys
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import ConfigError, ExporterError
from exporter.model.instant import Instant
from exporter.model.safe_text import printable
from exporter.scrape import read_once
from exporter.scrape.reload import Reloader
from exporter.scrape.threads import leave
from exporter.web.access.reload import Access
from exporter.web.app import create_app
from exporter.web.server.listening import Address, bind
from exporter.web.server.server import serve

log = structlog.get_logger()

_SWITCH = 0.0005
"""Seconds after which a thread that computes gives way to others; Python's own are 0.005. The event
loop asks for its turn after each packet, and a page is drawn in a thread beside it.
"""


@click.group(cls=DefaultToServe, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="fusebill-exporter")
def cli() -> None:
    """Prometheus exporter for the long-running service jobs of Stax Bill (formerly Fusebill)."""


@cli.command("serve")
@config_file
@web_and_log
def serve_command(config_file: Path, log_level: str, log_format: str, **options: Any) -> None:
    """Serve the metrics of the configured jobs (the default command)."""
    with _logging(log_level, log_format) as lines:
        _serve(partial(load_everything, config_file), lines, **options)


@cli.command("demo")
@click.option("--jobs", type=click.IntRange(1, 10_000), default=24, show_default=True, help="Jobs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which mix of jobs.")
@click.option(
    "--speed",
    type=click.FloatRange(0.001, 100_000),
    default=1.0,
    show_default=True,
    callback=finite,
    help="How much faster than real time the jobs run.",
)
@web_and_log
def demo_command(
    jobs: int, seed: int, speed: float, log_level: str, log_format: str, **options: Any
) -> None:
    """Serve over a simulated Stax Bill API: no account, no configuration."""
    demo = make_demo(jobs, seed, speed)
    with _logging(log_level, log_format) as lines, demo.simulator:
        _serve(lambda _: demo.loaded, lines, **options)


@cli.command("check")
@config_file
@click.option("--live", is_flag=True, help="Also read every job once and print a table.")
@click.option(
    "--running",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many jobs of an account run at once, at most.  [default: all of them]",
)
@click.option(
    "--scrape-interval",
    type=Duration(),
    default="30s",
    show_default=True,
    help="How often Prometheus scrapes.",
)
def check_command(
    config_file: Path, *, live: bool, running: int | None, scrape_interval: float
) -> None:
    """Validate the configuration and print what the watch costs a day, and how fresh it is."""
    loaded, problems = _examined(config_file, live=live)
    if loaded is None or problems:
        for problem in problems:
            click.echo(problem, err=True)
        sys.exit(1)
    click.echo(f"{printable(str(config_file))}: valid")
    if labels := loaded.camel_case_labels():
        click.echo(report.warning(labels), err=True)
    for file in sorted(loaded.exposed_keys()):
        click.echo(report.exposed(file), err=True)
    jobs = {account.name: loaded.jobs_of(account) for account in loaded.config.accounts}
    for line in report.costs(loaded.config, jobs, running, scrape_interval):
        click.echo(line)
    if live:
        snapshot = _read_once(loaded)
        for line in report.table(snapshot):
            click.echo(line)
        if unread := read_once.unread(snapshot):
            click.echo(f"{unread:,} of the jobs were not read: {read_once.WHY}", err=True)
        sys.exit(any(view.job is None for view in snapshot.jobs))


def run() -> None:
    """Run the command line, and end with its exit code."""
    try:
        cli(prog_name="fusebill-exporter")
    except SystemExit as end:
        if isinstance(end.code, int):
            leave(end.code)
        raise


@contextmanager
def _logging(level: str, form: str) -> Iterator[LogQueue]:
    """Log what happens; an error of ours, which ends the start, in one line before exit code 1."""
    with logs.on_stderr(level, form) as lines:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload
        try:
            yield lines
        except ExporterError as error:
            log.error("cannot start", error=str(error))  # noqa: TRY400  no bug: no traceback
            sys.exit(1)


def _examined(file: Path, *, live: bool) -> tuple[LoadedConfig | None, list[str]]:
    """Return what a configuration file stands for, and every problem of it and its job files.

    The keys are read for a `live` check only.
    """
    try:
        config = load(file, or_pipe=True)
    except ConfigError as error:
        return None, list(error.lines())
    job_files = reread(patterns_of(config), JobFiles())
    problems = [line for error in job_files.errors() for line in error.lines()]
    try:
        keys = read_keys(config, file) if live else {}
    except ConfigError as error:
        return None, [*error.lines(), *problems]
    return LoadedConfig(config, keys, job_files), problems


def _now() -> Instant:
    return Instant(time.monotonic(), time.time())


@contextmanager
def _reloader(loaded: LoadedConfig, load: Load) -> Iterator[Reloader]:
    """Watch what a setup says; give the connections back at the end."""
    reloader = Reloader(loaded, load, _now)
    try:
        yield reloader
    finally:
        reloader.close()


def _serve(
    load: Load,
    lines: LogQueue,
    *,
    web_listen_address: Sequence[Address],
    web_telemetry_path: str,
    web_config_file: Path | None,
) -> None:
    """Serve until told to end. Raises an ExporterError when the start fails."""
    loaded = load(JobFiles())
    access = Access(web_config_file)
    sockets = [bind(address) for address in web_listen_address]
    accounts = loaded.config.accounts
    jobs = sum(len(loaded.jobs_of(account)) for account in accounts)
    log.info("starting", version=__version__, accounts=len(accounts), jobs=jobs)

    def complete(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, web_config=access.view(), log_lines_dropped=lines.dropped)

    sys.setswitchinterval(_SWITCH)
    give_large_blocks_back()
    with _reloader(loaded, load) as reloader:
        app = create_app(reloader.collector, web_telemetry_path, reloader.reload, complete)
        asyncio.run(serve(app, sockets, access, reloader.reload, reloader.collector.stop))


def _read_once(loaded: LoadedConfig) -> Snapshot:
    """Read every job once and return what was seen."""

    def tell(unread: int) -> None:
        click.echo(
            f"waiting for the API or the next minute's share: {unread:,} jobs to go", err=True
        )

    loaded = replace(loaded, config=read_once.never_again(loaded.config))
    with logs.on_stderr("error", "logfmt"), _reloader(loaded, lambda _: loaded) as reloader:
        return asyncio.run(read_once.read_once(reloader.collector, tell))
