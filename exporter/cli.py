"""The command line: parses, loads, wires and serves. The only module that knows all the others."""

import asyncio
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import structlog

from exporter import __version__, check, logs, once
from exporter.budget import make_budget
from exporter.client import Client
from exporter.collector import Collector
from exporter.config import Config, WatchedJob, load
from exporter.demo import make_demo
from exporter.errors import ConfigError, ExporterError, Problem, SecretError
from exporter.flags import DefaultToServe, Duration, config_file, finite, web_and_log
from exporter.instant import Instant
from exporter.job_files import watched_jobs
from exporter.ledger import Ledger
from exporter.refresh import AccountRefresher
from exporter.secret import KeySource
from exporter.snapshot import Snapshot
from exporter.threads import in_daemon
from exporter.web.app import create_app
from exporter.web.config import refuse_what_is_not_supported
from exporter.web.server import Address, bind, serve

log = structlog.get_logger()

Jobs = Mapping[str, Sequence[WatchedJob]]
"""The jobs to watch, by the name of their account."""


@click.group(cls=DefaultToServe, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="fusebill-exporter")
def cli() -> None:
    """Prometheus exporter for the long-running service jobs of Stax Bill (formerly Fusebill)."""


@cli.command("serve")
@config_file
@web_and_log
def serve_command(config_file: Path, **options: Any) -> None:
    """Serve the metrics of the configured jobs (the default command)."""
    with _one_clear_line():
        config = load(config_file)
        jobs = _jobs(config)
        keys = _keys(config, config_file)
        _serve(config, jobs, keys, **options)


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
def demo_command(jobs: int, seed: int, speed: float, **options: Any) -> None:
    """Serve over a simulated Stax Bill API: no account, no configuration."""
    demo = make_demo(jobs, seed, speed)
    with _one_clear_line(), demo.simulator:
        _serve(demo.config, _jobs(demo.config), [demo.key], **options)


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
    try:
        config = load(config_file)
        jobs = _jobs(config)
        keys = _keys(config, config_file) if live else []
    except ConfigError as error:
        for problem in error.problems:
            click.echo(f"{error.file}: {problem}", err=True)
        sys.exit(1)
    click.echo(f"{config_file}: valid")
    for line in check.plan(config, jobs, running, scrape_interval):
        click.echo(line)
    if live:
        snapshot = _read_once(config, jobs, keys)
        for line in check.table(snapshot):
            click.echo(line)
        if unread := once.unread(snapshot):
            click.echo(f"{unread:,} of the jobs were not read: {once.WHY}", err=True)
        sys.exit(any(view.job is None for view in snapshot.jobs))


def run() -> None:
    """Run the command line."""
    cli(prog_name="fusebill-exporter")


@contextmanager
def _one_clear_line() -> Iterator[None]:
    """Turn our own errors into one line on stderr and exit code 1."""
    try:
        yield
    except ExporterError as error:
        raise click.ClickException(str(error)) from error


def _jobs(config: Config) -> Jobs:
    return {account.name: watched_jobs(account) for account in config.accounts}


def _keys(config: Config, file: Path) -> list[KeySource]:
    """Return where the key of each account comes from, once each has been read."""
    sources = [account.key_source() for account in config.accounts]
    problems = []
    for index, (account, source) in enumerate(zip(config.accounts, sources, strict=True)):
        try:
            source.read()
        except SecretError as error:
            key = "api_key_file" if account.api_key_file else "api_key_env"
            problems.append(Problem(f"accounts[{index}].{key}", str(error)))
    if problems:
        raise ConfigError(file, problems)
    return sources


def _now() -> Instant:
    return Instant(time.monotonic(), time.time())


@contextmanager
def _collector(config: Config, jobs: Jobs, keys: Sequence[KeySource]) -> Iterator[Collector]:
    """Wire a client and a refresher for each account; close the connections at the end."""
    clients = [
        Client(account, key, config.refresh, config.statuses)
        for account, key in zip(config.accounts, keys, strict=True)
    ]
    refreshers = [
        AccountRefresher(
            Ledger(
                account.name,
                jobs[account.name],
                refresh=config.refresh,
                budget=make_budget(account.quota),
                jitter=random.random,
            ),
            in_daemon(client.read),
            concurrency=config.refresh.concurrency,
            clock=_now,
        )
        for account, client in zip(config.accounts, clients, strict=True)
    ]
    try:
        yield Collector(refreshers, _now, config.scrape_timeout)
    finally:
        for client in clients:
            client.close()


def _serve(  # noqa: PLR0913  the flags that `serve` and `demo` share
    config: Config,
    jobs: Jobs,
    keys: Sequence[KeySource],
    *,
    web_listen_address: Sequence[Address],
    web_telemetry_path: str,
    web_config_file: Path | None,
    log_level: str,
    log_format: str,
) -> None:
    """Serve until told to end. Raises an ExporterError when the start fails."""
    if web_config_file is not None:
        refuse_what_is_not_supported(web_config_file)
    logs.set_up(log_level, log_format)
    sockets = [bind(address) for address in web_listen_address]
    watched = sum(map(len, jobs.values()))
    log.info("starting", version=__version__, accounts=len(jobs), jobs=watched)
    with _collector(config, jobs, keys) as collector:
        asyncio.run(serve(create_app(collector, web_telemetry_path), collector, sockets))


def _read_once(config: Config, jobs: Jobs, keys: Sequence[KeySource]) -> Snapshot:
    """Read every job once and return what was seen."""
    logs.set_up("error", "logfmt")

    def tell(unread: int) -> None:
        click.echo(
            f"waiting for the API or the next minute's share: {unread:,} jobs to go", err=True
        )

    with _collector(once.never_again(config), jobs, keys) as collector:
        return asyncio.run(once.read_once(collector, tell))
