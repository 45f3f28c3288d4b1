"""The dashboards over jobs that end while they are watched, one of nulls, and none at all."""

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from exporter.simulator import Ending, SimulatedJob, Simulator
from tests.e2e.conftest import Prometheus, free_port, prometheus
from tests.e2e.tables import Row, rows
from tests.e2e.waiting import settled, until
from tests.grafana.asking import asked
from tests.grafana.committed import ALL_JOBS, QUERIES, ROOT, Query, panel_of, panels
from tests.support.program import LOOPBACK, started, write_config
from tests.support.readers import KEY

EACH = pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)

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


OF_ENDS = [
    query
    for query in QUERIES
    if "fusebill_jobs_finished_total" in query.expr or "fusebill_job_duration_seconds" in query.expr
]


@pytest.mark.parametrize("query", OF_ENDS, ids=lambda query: query.name)
def test_what_is_said_of_ends_is_more_than_0_where_jobs_end(
    server: Prometheus, query: Query
) -> None:
    expression = asked(query.expr, job="fusebill", __rate_interval="10s")
    found = until(lambda: values(server, expression), any, f"{expression} has no data")
    assert min(found) >= 0


@EACH
@pytest.mark.parametrize("job", ["fusebill", "one", "nulls", "nothing"])
def test_no_expression_is_an_error_or_returns_what_is_no_number(
    server: Prometheus, query: Query, job: str
) -> None:
    """This holds for many jobs, for one, for one of nulls, and without any data.

    A query with a number of its own (`vector`) says in words that there is nothing.
    """
    if job != "nothing":
        seen(server, job)
    found = values(server, asked(query.expr, job=job))
    assert all(math.isfinite(value) for value in found)
    assert job != "nothing" or found == [] or "vector(" in query.expr


def test_a_timeline_shows_a_job_only_while_it_is_in_a_chosen_state(server: Prometheus) -> None:
    timelines = [panel for panel in panels(ALL_JOBS) if panel["type"] == "state-timeline"]
    assert timelines
    failed = 'fusebill_service_job_state{job="fusebill",state="failed"} == 1'
    until(lambda: values(server, failed), bool, "no job has failed")
    for target in (target for timeline in timelines for target in timeline["targets"]):
        query = asked(target["expr"], job="fusebill", state="running|pending")
        shown = until(lambda query=query: set(values(server, query)), bool, "no state")
        assert shown <= {1.0, 2.0}


def all_jobs(server: Prometheus, **chosen: str) -> list[Row]:
    """Return the rows of the table of all jobs."""
    return rows(server, panel_of("Jobs, wrong first"), time.time(), **chosen)


@pytest.mark.parametrize("state", ["failed", "unread"])
def test_the_table_has_the_jobs_in_the_chosen_state_alone(server: Prometheus, state: str) -> None:
    def states() -> list[str]:
        return [row["State"] for row in all_jobs(server, job="fusebill", state=state)]

    assert settled(states, lambda found: found == [state]) == [state]


def test_another_target_that_is_down_is_not_the_exporter(server: Prometheus) -> None:
    until(lambda: values(server, 'up{job="foreign"} == 0'), bool, "the other target is not down")
    (target,) = panel_of("Exporter")["targets"]

    def exporters() -> list[str]:
        return [sample["value"][1] for sample in server.found(asked(target["expr"]))]

    assert settled(exporters, lambda found: found == ["1"]) == ["1"]


def test_the_job_of_nulls_has_a_state_and_no_count_of_items(server: Prometheus) -> None:
    seen(server, "nulls")
    (row,) = until(lambda: all_jobs(server, job="nulls"), bool, "it is not in the table")
    assert row["State"] == "unknown"
    assert "Items failed" not in row
