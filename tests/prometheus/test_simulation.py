"""The shipped rules over simulated job lives: nothing is missed, false or silent."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.prometheus.simulation.evidence import gather
from tests.prometheus.simulation.judge import OF_JOBS, judge
from tests.prometheus.simulation.making import make_world
from tests.prometheus.simulation.program import Run, watch
from tests.prometheus.simulation.promtool import Alert, fired

SOME, ALL = range(1, 6), range(1, 51)


@cache
def simulated(seed: int) -> tuple[Run, tuple[Alert, ...]]:
    """Return the run of a seed, and the alerts about it."""
    run = watch(make_world(seed))
    with TemporaryDirectory() as folder:
        return run, fired(run, Path(folder))


def faults(seed: int) -> str:
    """Return what the alerts do wrong in the world of a seed, line by line."""
    run, alerts = simulated(seed)
    return "\n".join(judge(gather(run), alerts))


@pytest.mark.parametrize("seed", SOME)
def test_the_alerts_of_a_few_worlds_are_right(seed: int) -> None:
    assert faults(seed) == ""


def test_a_few_worlds_are_enough_for_every_alert_about_a_job_its_api_and_the_exporter() -> None:
    names = {alert.name for seed in SOME for alert in simulated(seed)[1]}
    others = {"FusebillApiBlocked", "FusebillApiQuotaLow", "FusebillApiRateLimited"}
    assert names >= {*OF_JOBS, *others, "FusebillExporterDown"}


@pytest.mark.prove
@pytest.mark.parametrize("seed", ALL)
def test_the_alerts_of_many_worlds_are_right(seed: int) -> None:
    assert faults(seed) == ""
