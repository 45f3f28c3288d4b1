"""What is shown and counted of a job whose values the API corrects or takes back."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from exporter.simulator import SimulatedJob
from exporter.simulator.jobs import SAMPLE
from tests.support.in_process import START, InProcessExporter, Series

JOB = "1"
WORKING = {"status": "Processing", "totalSuccessful": 12, "totalFailed": 0, "percentComplete": 63}
DONE = {"status": "Processed", "totalSuccessful": 19, "totalFailed": 0, "percentComplete": 100}
DATED = {"completedTimestamp": "2023-11-14T22:13:20"}
"""`START`, when each story begins."""


FAILED = {"status": "Failed", "totalSuccessful": 12, "totalFailed": 0, **DATED}


@pytest.fixture
def exporter() -> Iterator[InProcessExporter]:
    made = InProcessExporter(SimulatedJob(1, created=START))
    with made.api:
        yield made
        made.client.close()


@dataclass
class Story:
    """Answers of the API, each scraped once or more often."""

    exporter: InProcessExporter

    def of(self, *answers: tuple[dict[str, Any], float]) -> list[Series]:
        """Scrape each answer for its seconds, every 10 s; return the last scrape of each."""
        return asyncio.run(self._of(*answers))

    async def _of(self, *answers: tuple[dict[str, Any], float]) -> list[Series]:
        shown = []
        for changes, seconds in answers:
            dated = {"createdTimestamp": "2023-11-14T22:00:00", "id": 1}
            self.exporter.api.answer(1, {**SAMPLE, **dated, **changes})
            for _ in range(max(1, round(seconds / 10))):
                series = await self.exporter.scrape(after=10)
            shown.append(series)
        return shown


def state(series: Series) -> str:
    """Return the state whose series is 1."""
    (found,) = (
        labels.removeprefix("1/")
        for (name, labels), value in series.items()
        if name == "service_job_state" and value == 1
    )
    return found


def finished(series: Series) -> dict[str, float]:
    """Return the finished jobs that were counted, by state."""
    return {
        labels: n for (name, labels), n in series.items() if name == "jobs_finished_total" and n
    }


@pytest.mark.parametrize(
    ("field", "family", "first", "then"),
    [
        pytest.param("percentComplete", "percent_complete", 63, 40, id="a percentage goes back"),
        pytest.param("totalCount", "items", 19, 12, id="a total shrinks"),
        pytest.param("totalSuccessful", "items_successful", 12, 3, id="successful items get fewer"),
        pytest.param("totalFailed", "items_failed", 2, 0, id="failed items get fewer"),
    ],
)
def test_a_number_that_goes_back_is_shown_as_it_is_and_counts_as_progress(
    exporter: InProcessExporter, field: str, family: str, first: float, then: float
) -> None:
    before, after = Story(exporter).of(
        ({**WORKING, field: first}, 30), ({**WORKING, field: then}, 0)
    )
    assert (before[f"service_job_{family}", JOB], after[f"service_job_{family}", JOB]) == (
        first,
        then,
    )
    assert state(after) == "running"
    assert after["service_job_progress_timestamp_seconds", JOB] == START + 40


def test_a_job_at_work_despite_its_completed_date_is_shown_failed_when_it_fails(
    exporter: InProcessExporter,
) -> None:
    never = {"completedTimestamp": "9999-12-31T23:59:59.9999999"}
    at_work, failed = Story(exporter).of(({**WORKING, **never}, 200), (FAILED, 10))
    assert (state(at_work), state(failed)) == ("running", "failed")
    assert ("service_job_completed_timestamp_seconds", JOB) not in at_work
    assert not at_work["job_duration_seconds_sum", "succeeded"]


def test_an_end_that_is_corrected_before_it_is_confirmed_is_shown_and_counted_as_corrected(
    exporter: InProcessExporter,
) -> None:
    early = {**DONE, "totalSuccessful": 18, "percentComplete": 97}
    partial = {"status": "ProcessedWithErrors", "totalSuccessful": 18, "totalFailed": 1, **DATED}
    _, first, corrected = Story(exporter).of((WORKING, 10), (early, 60), (partial, 60))
    assert (state(first), finished(first)) == ("succeeded", {})
    assert (state(corrected), finished(corrected)) == ("partial", {"partial": 1})


def test_a_confirmed_end_that_is_corrected_is_shown_as_corrected_and_not_counted_again(
    exporter: InProcessExporter,
) -> None:
    partial = {"status": "ProcessedWithErrors", "totalSuccessful": 18, "totalFailed": 1, **DATED}
    _, first, corrected = Story(exporter).of((WORKING, 10), ({**DONE, **DATED}, 60), (partial, 600))
    assert finished(first) == {"succeeded": 1}
    assert (state(corrected), finished(corrected)) == ("partial", {"succeeded": 1})
    assert corrected["service_job_end_confirmed", JOB] == 1


def test_a_completed_date_that_disappears_takes_back_an_end_that_only_the_date_showed(
    exporter: InProcessExporter,
) -> None:
    odd = {**WORKING, "status": "Frobnicating"}
    at_work, ended, again = Story(exporter).of((odd, 10), ({**odd, **DATED}, 10), (odd, 10))
    assert [state(series) for series in (at_work, ended, again)] == [
        "running",
        "succeeded",
        "running",
    ]
    assert finished(again) == {}


def test_a_completed_date_that_disappears_takes_back_no_end_that_the_status_shows(
    exporter: InProcessExporter,
) -> None:
    _, ended, without = Story(exporter).of((WORKING, 10), ({**DONE, **DATED}, 30), (DONE, 100))
    assert (state(ended), state(without)) == ("succeeded", "succeeded")
    assert without["service_job_end_confirmed", JOB] == 0, (
        "the end stands anew, and contradicts itself"
    )
    (later,) = Story(exporter).of((DONE, 70))
    assert finished(later) == {"succeeded": 1}


def test_a_failed_job_that_runs_again_is_counted_again_when_it_ends(
    exporter: InProcessExporter,
) -> None:
    shown = Story(exporter).of((WORKING, 10), (FAILED, 60), (WORKING, 130), ({**DONE, **DATED}, 60))
    assert [state(series) for series in shown] == ["running", "failed", "running", "succeeded"]
    assert ("service_job_end_confirmed", JOB) not in shown[2]
    assert finished(shown[-1]) == {"failed": 1, "succeeded": 1}


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        pytest.param({"type": "CustomerBulkStatusChange"}, "CustomerBulkStatusChange", id="type"),
        pytest.param({"accountId": 67890}, "67890", id="account"),
    ],
)
def test_the_same_id_with_another_type_or_account_is_the_same_job(
    exporter: InProcessExporter, changes: dict[str, Any], label: str
) -> None:
    end = {**DONE, **DATED, **changes}
    before, after = Story(exporter).of((WORKING, 10), (end, 60))
    infos = [
        labels
        for series in (before, after)
        for name, labels in series
        if name == "service_job_info"
    ]
    assert [label in labels for labels in infos] == [False, True]
    assert finished(after) == {"succeeded": 1}
