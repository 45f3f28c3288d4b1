"""The troubled jobs and accounts of the demo, before the exporter reads them."""

from exporter.cli.demo_troubles import (
    LONG_AGO,
    READ_LONG_AGO,
    TROUBLED_ACCOUNTS,
    TROUBLED_JOBS,
    job_of_account,
    troubled_jobs,
)
from exporter.config.sections import Refresh
from exporter.jobs.end_confirmation import time_to_confirm
from exporter.model.duration import DAY
from exporter.quota.block import Cause
from exporter.simulator import SimulatedJob

NOW = 1_800_000_000.0
JOBS = troubled_jobs(range(5, 5 + TROUBLED_JOBS), NOW)


def progress(job: SimulatedJob, now: float) -> tuple[object, object]:
    document = job.document(now)
    assert document is not None
    return document["status"], document["totalSuccessful"]


def test_each_job_has_an_id_of_its_own() -> None:
    assert [job.id for job in JOBS.values()] == list(range(5, 5 + TROUBLED_JOBS))


def test_a_job_that_was_read_long_ago_was_at_work_then() -> None:
    words = [progress(JOBS[name], NOW - LONG_AGO)[0] for name in READ_LONG_AGO]
    assert words == ["Processing", "Processing"]


def test_the_stalled_job_has_not_moved_since() -> None:
    assert progress(JOBS["stalled"], NOW - LONG_AGO) == progress(JOBS["stalled"], NOW + DAY)


def test_the_end_that_is_not_confirmed_changes_before_it_could_be() -> None:
    job, step = JOBS["end-not-confirmed"], time_to_confirm(Refresh().active, contradicted=False)
    for start in (NOW, NOW + 30 * DAY):
        seen = [progress(job, start + step * turn) for turn in range(50)]
        assert {word for word, _ in seen} == {"Processed"}
        assert len(set(seen)) == len(seen)


def test_the_long_run_moves_for_months() -> None:
    for job in (JOBS["long-run"], job_of_account(99, NOW)):
        seen = [progress(job, NOW + days * DAY) for days in (0, 1, 100)]
        assert {word for word, _ in seen} == {"Processing"}
        assert len(set(seen)) == 3


def test_each_cause_that_stops_an_account_has_an_account() -> None:
    assert len(TROUBLED_ACCOUNTS) == len(Cause)
