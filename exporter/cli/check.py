"""The command `check`: what is wrong with a configuration, and how many reads its jobs need."""

import asyncio
import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from exporter.cli import logs, report
from exporter.cli.flags import Duration, config_file
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.loaded import LoadedConfig, read_secrets
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import ConfigError
from exporter.model.instant import now
from exporter.model.safe_text import printable
from exporter.scrape import read_once
from exporter.scrape.reload import Reloader


@click.command("check")
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
def command(config_file: Path, *, live: bool, running: int | None, scrape_interval: float) -> None:
    """Check the configuration. Print the reads a day that jobs need, and how fresh values are."""
    loaded, problems = _examine(config_file, live=live)
    if loaded is None or problems:
        for problem in problems:
            click.echo(problem, err=True)
        sys.exit(1)
    click.echo(f"{printable(str(config_file))}: valid")
    for warning in _warnings(loaded):
        click.echo(warning, err=True)
    jobs = {account.name: loaded.jobs_of(account) for account in loaded.config.accounts}
    for line in report.costs(loaded.config, jobs, running, scrape_interval):
        click.echo(line)
    if live:
        sys.exit(_check_live(loaded))


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


def _warnings(loaded: LoadedConfig) -> list[str]:
    """Return one line for each setting that works but should be changed."""
    labels = loaded.camel_case_labels()
    exposed = [report.exposed_key_warning(file) for file in sorted(loaded.exposed_keys())]
    return [report.disliked_labels_warning(labels), *exposed] if labels else exposed


def _check_live(loaded: LoadedConfig) -> int:
    """Read every job once, print the table, and return the exit code: 0 if all were read."""
    snapshot = _read_once(loaded)
    for line in report.table(snapshot):
        click.echo(line)
    if unread := read_once.unread(snapshot):
        click.echo(f"{unread:,} of the jobs were not read: {read_once.WHY_UNREAD}", err=True)
    return int(any(view.job is None for view in snapshot.jobs))


def _read_once(loaded: LoadedConfig) -> Snapshot:
    def tell(unread: int) -> None:
        click.echo(
            f"waiting for the API or the next minute's share: {unread:,} jobs to go", err=True
        )

    loaded = replace(loaded, config=read_once.with_each_job_read_once(loaded.config))
    with (
        logs.on_stderr("error", "logfmt"),
        closing(Reloader(loaded, lambda _: loaded, now)) as reloader,
    ):
        return asyncio.run(read_once.read_once(reloader.collector, tell))
