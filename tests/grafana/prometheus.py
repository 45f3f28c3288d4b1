"""Expressions of the dashboards, asked of series that a test writes down."""

from collections.abc import Mapping
from pathlib import Path

from tests.grafana import promtool
from tests.grafana.asking import asked

CHOSEN = {"__rate_interval": "5m", "__interval": "5m", "__from:date:seconds": "60"}
"""What a dashboard says that was opened when promtool's time begins."""


def of(name: str, **labels: str) -> str:
    """Return a series of an account that the exporter shows."""
    every = {"job": "fusebill", "instance": "a", "account": "demo", **labels}
    matchers = ",".join(f'{label}="{value}"' for label, value in every.items())
    return f"{name}{{{matchers}}}"


def check_answer(
    folder: Path,
    expression: str,
    series: Mapping[str, str],
    expected: Mapping[str, float],
    minutes: int = 5,
) -> None:
    """Ask about series with a value a minute; `expected` are values by their labels."""
    promtool.check(folder, series, {asked(expression, **CHOSEN): expected}, minutes)
