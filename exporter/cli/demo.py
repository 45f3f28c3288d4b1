"""The command `demo`: run the exporter with simulated APIs that show all that it can show."""

import math
from typing import Any

import click
import structlog

from exporter.cli.demo_world import LEAST_TROUBLED, make_demo
from exporter.cli.flags import web_and_log
from exporter.cli.serve import Surroundings, run_exporter

log = structlog.get_logger()


def _finite(_ctx: click.Context, _param: click.Parameter, value: float) -> float:
    """Refuse NaN, because click accepts NaN in every range."""
    if not math.isfinite(value):
        message = "expected a number"
        raise click.BadParameter(message)
    return value


@click.command("demo")
@click.option(
    "--jobs",
    type=click.IntRange(1, 10_000),
    default=24,
    show_default=True,
    help=f"Jobs; fewer than {LEAST_TROUBLED} are a mix without the troubles.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which mix of jobs.")
@click.option(
    "--speed",
    type=click.FloatRange(0.001, 100_000),
    default=1.0,
    show_default=True,
    callback=_finite,
    help="How much faster than real time the jobs of the mix run.",
)
@web_and_log("localhost:10423")
def command(jobs: int, seed: int, speed: float, **options: Any) -> None:
    """Serve over a simulated Stax Bill API: no account, no configuration."""
    demo = make_demo(jobs, seed, speed)
    around = Surroundings(demo.running, demo.clock, demo.live_through, _say_where)
    run_exporter(lambda _: demo.loaded, around=around, **options)


def _say_where(url: str | None) -> None:
    """Log the URL of the page; a Unix socket has none."""
    if url is not None:
        log.info("demo is running, open its page", url=url)
