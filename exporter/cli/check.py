"""The command `check`: what is wrong with a configuration, and how many reads its jobs need."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from exporter.cli import logs
from exporter.cli.flags import Duration, config_file
from exporter.cli.job_table import table
from exporter.cli.plan import plan
from exporter.cli.unread import reasons
from exporter.cli.watch_cost import Stated
from exporter.config.api_key import EXPOSED_HINT
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.loaded import LoadedConfig, read_secrets
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import ConfigError
from exporter.model.instant import now
from exporter.model.rate_limit import DAY_WINDOW, MINUTE_WINDOW
from exporter.model.safe_text import printable
from exporter.model.words import counted
from exporter.scrape import read_once
from exporter.scrape.reload import Reloader

_EXIT_CODES = """\b
Exit codes:
  0    the configuration is valid and, with --live, every job was read
  1    the configuration is not valid, or a job was not read
  2    a flag is wrong
  130  interrupted (Ctrl-C)
"""


@click.command("check", epilog=_EXIT_CODES)
@config_file
@click.option(
    "--live",
    is_flag=True,
    help="Also read every job once, print a table, and plan with the limits that the API states.",
)
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
def command(config_file: Path, *, live: bool, running: int | None, scrape_interval: float) -> None:
    """Check the configuration, and print what its jobs cost."""
    loaded, problems = _examine(config_file, live=live)
    if loaded is None or problems:
        for problem in problems:
            click.echo(problem, err=True)
        sys.exit(1)
    click.echo(f"{printable(str(config_file))}: valid")
    for warning in _warnings(loaded):
        click.echo(warning, err=True)
    snapshot = _read_once(loaded) if live else None
    jobs = {account.name: loaded.jobs_of(account) for account in loaded.config.accounts}
    for line in plan(loaded.config, jobs, running, scrape_interval, _stated(snapshot)):
        click.echo(line)
    if snapshot is not None:
        sys.exit(_report(snapshot))


def _examine(file: Path, *, live: bool) -> tuple[LoadedConfig | None, list[str]]:
    """Return the loaded configuration, and one line for each problem of its files.

    The configuration is None if it, a file that it names or the environment is bad. Without `live`,
    no API key is read, and a client's private key only if it can be.
    """
    try:
        config = load(file, or_pipe=True)
    except ConfigError as error:
        return None, list(error.lines())
    job_files = reread(patterns_of(config), JobFiles())
    problems = [line for error in job_files.errors() for line in error.lines()]
    try:
        secrets = read_secrets(config, file, os.environ, with_keys=live)
    except ConfigError as error:
        return None, [*error.lines(), *problems]
    return LoadedConfig(config, secrets.keys, job_files, secrets.tls_files), problems


def _warnings(loaded: LoadedConfig) -> Iterator[str]:
    """Yield one line for each setting that works but should be changed."""
    if labels := loaded.camel_case_labels():
        yield (
            "warning: labels in camelCase, which promtool's lint dislikes "
            f"(write cost_center for costCenter): {', '.join(labels)}"
        )
    for file in sorted(loaded.exposed_keys()):
        name = printable(str(file))
        yield f"warning: {name}: every user may read this key file: {EXPOSED_HINT}"


def _stated(snapshot: Snapshot | None) -> dict[str, Stated]:
    """Return the limits that the API stated of each account while the jobs were read."""
    return {
        account.name: Stated(
            account.windows[MINUTE_WINDOW].limit, account.windows[DAY_WINDOW].limit
        )
        for account in (snapshot.accounts if snapshot else ())
    }


def _report(snapshot: Snapshot) -> int:
    """Print the jobs, and last why some were not read; return the exit code: 0 if all were read."""
    for line in ("", *table(snapshot)):
        click.echo(line)
    unread = list(reasons(snapshot))
    for line in unread:
        click.echo(line, err=True)
    return int(bool(unread))


def _read_once(loaded: LoadedConfig) -> Snapshot:
    """Read every job once."""

    def tell(unread: int) -> None:
        wait = "Waiting for the next minute's share, or for the API"
        click.echo(f"{wait}: {counted(unread, 'job')} to go.", err=True)

    loaded = replace(loaded, config=read_once.with_each_job_read_once(loaded.config))
    with (
        logs.on_stderr("error", "logfmt"),
        closing(Reloader(loaded, lambda _: loaded, now)) as reloader,
    ):
        return asyncio.run(read_once.read_once(reloader.collector, tell))
