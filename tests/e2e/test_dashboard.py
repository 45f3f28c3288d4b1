"""Every expression of the dashboard, asked of a real Prometheus with the shipped rules."""

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from exporter.simulator import Ending, SimulatedJob, Simulator
from tests.e2e.conftest import Prometheus, free_port, prometheus
from tests.e2e.waiting import settled, until
from tests.grafana.committed import ROOT, expressions
from tests.support.program import LOOPBACK, started, write_config
from tests.support.readers import KEY

EXPRESSIONS = dict(expressions())
EACH = pytest.mark.parametrize("expression", EXPRESSIONS.values(), ids=EXPRESSIONS)

VARIABLES = {
    "$__rate_interval": "10s",
    "$__interval": "1m",
    "$__range": "1h",
    "$job_id": "1",
    "$instance": ".+",
    "$account": ".+",
}
"""The values of Grafana's variables, but for the scrape job and the states: tests choose them."""


SECONDS = 1000.0
"""Seconds for which the jobs that end run."""


class Clock:
    """The simulated API's clock: real time, put ahead when a test says so."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def lively(now: float) -> list[SimulatedJob]:
    """Return jobs that run for long, that end in each way while watched, and others."""
    return [
        SimulatedJob(1, created=now - 30, runs=10 * SECONDS, total=5000, failing=0.1),
        SimulatedJob(2, created=now - 30, runs=SECONDS),
        SimulatedJob(3, created=now - 30, runs=SECONDS, failing=0.5),
        SimulatedJob(4, created=now - 30, runs=SECONDS, ending=Ending.FAILS),
        SimulatedJob(5, created=now, waits=10**6),
        SimulatedJob(6, created=now - 60, runs=10.0, ending=Ending.VANISHES),
    ]


NULLS = {
    "id": 1,
    "status": "Odd",
    "accountId": None,
    "type": None,
    "createdTimestamp": None,
    "completedTimestamp": None,
    "additionalData": None,
    "serviceTasks": None,
    "totalCount": None,
    "totalSuccessful": None,
    "totalFailed": None,
    "percentComplete": None,
    "isOffline": None,
    "uri": None,
}
"""A document of the API in which every field that can be null is null."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Run a Prometheus over three exporters: with many jobs, with one, and with one of nulls.

    A fourth target is down, and is not an exporter. Jobs end after they were seen running.
    """
    now, clock = time.time(), Clock()
    populations = {
        "fusebill": lively(now),
        "one": [SimulatedJob(1, created=now)],
        "nulls": [SimulatedJob(1)],
    }
    with ExitStack() as stack:
        targets = {}
        for name, jobs in populations.items():
            api = stack.enter_context(Simulator(jobs, api_key=KEY, clock=clock))
            api.answer(1, NULLS if name == "nulls" else None)
            folder = tmp_path_factory.mktemp(name)
            more = "refresh: {active: 100ms}\n"
            file = write_config(folder, api.base_url, *(job.id for job in jobs), more=more)
            program = stack.enter_context(started(f"--config.file={file}", LOOPBACK))
            targets[name] = program.addresses[0]
        targets["foreign"] = f"127.0.0.1:{free_port()}"
        rules = ROOT / "prometheus/fusebill.rules.yml"
        folder = tmp_path_factory.mktemp("prometheus")
        server = stack.enter_context(prometheus(folder, targets, rules=rules))
        for job_id in (2, 3, 4):
            seen(server, "fusebill", job_id)
        clock.ahead = SECONDS
        yield server


def asked(expression: str, job: str, states: str = ".+") -> str:
    """Return the expression as Grafana sends it, for one scrape job and jobs in these states."""
    for variable, value in (VARIABLES | {"$job": job, "$state": states}).items():
        expression = expression.replace(variable, value)
    assert "$" not in expression
    return expression


def values(server: Prometheus, expression: str) -> list[float]:
    """Return all values of the last minute. Raises HTTPError if the expression is malformed."""
    now = time.time()
    found: Any = server.get(
        "query_range", query=expression, start=str(now - 60), end=str(now), step="1"
    )
    return [float(value) for series in found["result"] for _, value in series["values"]]


def seen(server: Prometheus, job: str, job_id: int = 1) -> None:
    """Wait until the state of a job has been scraped from a scrape job."""
    query = f'fusebill_service_job_state{{job="{job}",job_id="{job_id}"}}'
    until(lambda: values(server, query), bool, f"{query} does not come")


@EACH
def test_each_expression_returns_data_where_jobs_run_and_end(
    server: Prometheus, expression: str
) -> None:
    query = asked(expression, "fusebill")
    assert until(lambda: values(server, query), bool, f"{query} has no data")


@EACH
@pytest.mark.parametrize("job", ["fusebill", "one", "nulls", "nothing"])
def test_no_expression_is_an_error_or_returns_what_is_no_number(
    server: Prometheus, expression: str, job: str
) -> None:
    """This holds for many jobs, for one, for one of nulls, and without any data."""
    if job != "nothing":
        seen(server, job)
    found = values(server, asked(expression, job))
    assert all(math.isfinite(value) for value in found)
    assert job != "nothing" or found == []


def named(end: str) -> str:
    """Return the expression whose name ends with `end`."""
    return next(expression for name, expression in EXPRESSIONS.items() if name.endswith(end))


def test_the_timeline_shows_a_job_only_while_it_is_in_a_chosen_state(server: Prometheus) -> None:
    query = asked(named("States over time-A"), "fusebill", states="running|pending")
    assert until(lambda: set(values(server, query)), bool, "no state") <= {1.0, 2.0}


@pytest.mark.parametrize("state", ["failed", "unread"])
def test_the_table_has_the_jobs_in_the_chosen_state_alone(server: Prometheus, state: str) -> None:
    query = asked(named("Jobs-state"), "fusebill", states=state)

    def rows() -> list[str]:
        found: Any = server.get("query", query=query)
        return [sample["metric"]["state"] for sample in found["result"]]

    assert settled(rows, lambda found: found == [state]) == [state]


def test_another_target_that_is_down_is_not_the_exporter(server: Prometheus) -> None:
    until(lambda: values(server, 'up{job="foreign"} == 0'), bool, "the other target is not down")
    query = asked(named("Exporter-A"), ".+")

    def exporters() -> list[str]:
        found: Any = server.get("query", query=query)
        return [sample["value"][1] for sample in found["result"]]

    assert settled(exporters, lambda found: found == ["1"]) == ["1"]


def test_the_job_of_nulls_has_a_state_and_no_progress(server: Prometheus) -> None:
    seen(server, "nulls")
    states = asked(named("Jobs-state"), "nulls")
    assert until(lambda: values(server, states), bool, "it has no state")
    assert values(server, asked(named("Jobs-progress"), "nulls")) == []
