"""Simulated jobs: what the API says of them is a pure function of the time."""

import json
from typing import Any

import pytest

from exporter.simulator import Ending, SimulatedJob
from tests.simulator.conftest import SAMPLE, START


def seen(job: SimulatedJob, now: float) -> dict[str, Any]:
    """Return the document of a job that has not vanished."""
    document = job.document(now)
    assert document is not None
    return document


def test_a_job_that_waits_is_the_documented_sample() -> None:
    """Its values and their order are those in the API's documentation."""
    job = SimulatedJob(2607617, created=START + 42, waits=10)
    assert json.dumps(job.document(START + 51), indent=4) == SAMPLE


def test_a_job_has_the_fields_that_it_was_given() -> None:
    document = seen(SimulatedJob(5, type="Other", total=7, account_id=9), 0)
    names = ("id", "accountId", "type", "totalCount")
    assert [document[name] for name in names] == [5, 9, "Other", 7]


FAILS, STALLS, VANISHES, EARLY = (
    {"ending": ending, "ends_at": 0.5}
    for ending in (Ending.FAILS, Ending.STALLS, Ending.VANISHES, Ending.EARLY)
)
QUARTER: dict[str, Any] = {"total": 100, "failing": 0.25}
ERRORS = "ProcessedWithErrors"


@pytest.mark.parametrize(
    ("changes", "after", "expected"),
    [
        ({}, 0, ("Processing", None, 0, 0, 0.0)),
        ({}, 30, ("Processing", None, 9, 0, 50.0)),
        ({}, 59, ("Processing", None, 18, 0, 98.3)),
        ({}, 60, ("Processed", "2020-06-23T10:51:00", 19, 0, 100.0)),
        ({"waits": 5}, 9e9, ("Processed", "2020-06-23T10:51:05", 19, 0, 100.0)),
        ({"runs": 0}, 0, ("Processed", "2020-06-23T10:50:00", 19, 0, 100.0)),
        ({"total": 0}, 60, ("Processed", "2020-06-23T10:51:00", 0, 0, 100.0)),
        ({"total": 100}, 17.4, ("Processing", None, 29, 0, 29.0)),
        (QUARTER, 24, ("Processing", None, 30, 10, 40.0)),
        (QUARTER, 60, (ERRORS, "2020-06-23T10:51:00", 75, 25, 100.0)),
        ({"failing": 1.0}, 60, (ERRORS, "2020-06-23T10:51:00", 0, 19, 100.0)),
        (FAILS, 29, ("Processing", None, 9, 0, 48.3)),
        (FAILS, 600, ("Failed", "2020-06-23T10:50:30", 9, 0, 50.0)),
        (STALLS, 29, ("Processing", None, 9, 0, 48.3)),
        (STALLS, 9e9, ("Processing", None, 9, 0, 50.0)),
        (VANISHES, 29, ("Processing", None, 9, 0, 48.3)),
        (EARLY, 29, ("Processing", None, 9, 0, 48.3)),
        (EARLY, 45, ("Processed", "2020-06-23T10:50:45", 14, 0, 75.0)),
        (EARLY, 600, ("Processed", "2020-06-23T10:51:00", 19, 0, 100.0)),
    ],
)
def test_a_job_goes_by_the_time(
    changes: dict[str, Any], after: float, expected: tuple[Any, ...]
) -> None:
    """Status, completion, counts and percent depend on the time alone."""
    document = seen(SimulatedJob(1, created=START, **changes), START + after)
    names = ("status", "completedTimestamp", "totalSuccessful", "totalFailed", "percentComplete")
    assert tuple(document[name] for name in names) == expected


def test_a_job_that_vanishes_is_gone_from_then_on() -> None:
    """It still exists just before its end."""
    job = SimulatedJob(1, ending=Ending.VANISHES, ends_at=0.5)
    assert [job.document(at) is None for at in (0, 29.9, 30, 9e9)] == [False, False, True, True]


@pytest.mark.parametrize("failing", [0.0, 0.07, 0.5, 0.93, 1.0])
def test_counts_never_go_back(failing: float) -> None:
    """The counts and the percent only grow; failures are spread evenly over the run."""
    job = SimulatedJob(1, total=100, failing=failing)
    documents = [seen(job, second) for second in range(61)]
    for name in ("totalSuccessful", "totalFailed", "percentComplete"):
        values = [document[name] for document in documents]
        assert values == sorted(values)
    assert documents[30]["totalFailed"] == pytest.approx(50 * failing, abs=0.5)


def test_no_item_is_lost_to_rounding() -> None:
    """After N of 100 seconds, N of 100 items are done."""
    job = SimulatedJob(1, total=100, runs=100)
    assert [seen(job, at)["totalSuccessful"] for at in range(101)] == list(range(101))


@pytest.mark.parametrize(("total", "tasks"), [(0, 0), (19, 1), (250, 1), (251, 2), (10**6, 20)])
def test_a_running_job_has_a_task_for_each_250_items(total: int, tasks: int) -> None:
    """It has none before it starts and never more than 20."""
    job = SimulatedJob(1, total=total, waits=1)
    assert [len(seen(job, at)["serviceTasks"]) for at in (0, 1)] == [0, tasks]
