"""What the log says of the end of a job."""

from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.sections import WatchedJob
from exporter.jobs.account_log import AccountLog
from exporter.model.job import Job
from tests.support.readers import DONE, OVER, RUNNING, Clock, Script
from tests.support.scripted_account import ScriptedAccount, run

COUNTS = {"items": 10, "items_successful": 10, "items_failed": 0}
DURATION = {"duration": "1m30s"}
FINISHED = {"event": "job finished", "account": "live", "job_id": 1}
SUCCEEDED = FINISHED | {"log_level": "info", "state": "succeeded"} | COUNTS | DURATION

PARTIAL = replace(DONE, status="ProcessedWithErrors", successful=9, failed=1).judged({})
FAILED = replace(DONE, status="Failed", successful=0, failed=10).judged({})
CANCELLED = replace(DONE, status="Cancelled", successful=4).judged({})
ODD = replace(DONE, status="Odd", failed=None, successful=4).judged({})


def test_an_end_is_logged_once_and_not_before_it_is_confirmed() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script())
        await account.scrape()
        account.reader.answers[1] = DONE
        lines = []
        with capture_logs() as logs:
            for wait in (10, 10, 10, 10, 10, 86_400):
                await account.scrape_after(wait)
                lines.append(len([line for line in logs if line["event"] == "job finished"]))
        assert lines == [0, 0, 0, 0, 1, 1]
        assert SUCCEEDED in logs

    run(story())


def test_an_end_from_before_the_first_read_is_logged_as_such() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: OVER}))
        with capture_logs() as logs:
            await account.scrape()
            await account.scrape_after(86_400)
        lines = [line for line in logs if line["event"] == "job finished"]
        assert lines == [SUCCEEDED | {"already": True}]

    run(story())


def line_of(job: Job, *, already: bool = False) -> EventDict:
    """Return the line about the end of a watched job."""
    with capture_logs() as logs:
        log = AccountLog("live", {1: WatchedJob(id=1)}.get)
        log.finished(job, Clock()(), already=already)
    (line,) = logs
    return line


@pytest.mark.parametrize("already", [False, True])
@pytest.mark.parametrize(
    ("job", "level", "state"),
    [
        pytest.param(DONE, "info", "succeeded", id="succeeded"),
        pytest.param(PARTIAL, "warning", "partial", id="failed in part"),
        pytest.param(FAILED, "warning", "failed", id="failed"),
        pytest.param(CANCELLED, "warning", "failed", id="ended early"),
        pytest.param(ODD, "info", "unknown", id="nobody knows how"),
    ],
)
def test_an_end_is_a_warning_if_the_job_failed_or_failed_in_part(
    job: Job, level: str, state: str, *, already: bool
) -> None:
    line = line_of(job, already=already)
    assert (line["log_level"], line["state"], line.get("already", False)) == (level, state, already)


@pytest.mark.parametrize("already", [False, True])
def test_the_line_about_an_end_has_the_counts_and_the_duration(*, already: bool) -> None:
    line = line_of(PARTIAL, already=already)
    assert line.items() >= {"items": 10, "items_successful": 9, "items_failed": 1}.items()
    assert line["duration"] == "1m30s"


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        pytest.param({"total": None}, "items", id="items"),
        pytest.param({"successful": None}, "items_successful", id="successful items"),
        pytest.param({"failed": None}, "items_failed", id="failed items"),
        pytest.param({"created": None}, "duration", id="when it was created"),
        pytest.param({"completed": None}, "duration", id="when it was completed"),
    ],
)
def test_what_is_unknown_of_a_job_is_absent_from_the_line(
    changes: dict[str, Any], missing: str
) -> None:
    line = line_of(replace(DONE, **changes))
    expected = SUCCEEDED.keys() - {missing}
    assert line.keys() == expected


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        pytest.param(0.0, "0s", id="none"),
        pytest.param(0.4, "0s", id="less than a second"),
        pytest.param(89.6, "1m30s", id="rounded"),
        pytest.param(5_400.25, "1h30m", id="hours"),
        pytest.param(86_401.0, "1d1s", id="days"),
    ],
)
def test_the_duration_of_a_job_is_written_in_whole_seconds(seconds: float, written: str) -> None:
    job = replace(DONE, created=1_600_000_000.0, completed=1_600_000_000.0 + seconds)
    assert line_of(job)["duration"] == written


def test_a_line_about_a_job_that_ended_again_has_its_new_end() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: OVER}))
        await account.scrape()
        with capture_logs() as logs:
            for job in (RUNNING, *[PARTIAL] * 6):
                account.reader.answers[1] = job
                account.ledger.roster.make_due(1, (), account.clock())
                await account.scrape_after(10)
        (line,) = (line for line in logs if line["event"] == "job finished")
        assert (line["log_level"], line["items_failed"]) == ("warning", 1)
        assert "already" not in line

    run(story())
