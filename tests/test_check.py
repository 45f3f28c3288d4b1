from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter.check import plan, table
from exporter.config import Config, WatchedJob, parse
from exporter.errors import NotFound, ReadTimeout
from exporter.state import State
from tests.snapshots import make_account, make_job, make_reading, make_snapshot, make_view


def config(*names: str, **refresh: Any) -> Config:
    accounts = [{"name": name} for name in names]
    return parse({"accounts": accounts, "refresh": refresh}, Path("config.yaml"))


def watched(**counts: int) -> Mapping[str, tuple[WatchedJob, ...]]:
    """Return that many jobs for each account."""
    return {
        name: tuple(WatchedJob(id=job_id) for job_id in range(1, count + 1))
        for name, count in counts.items()
    }


def test_a_plan_says_how_often_jobs_are_read_and_what_each_account_costs() -> None:
    first, live, sandbox = plan(config("live", "sandbox"), watched(live=1200, sandbox=1))
    assert first == (
        "An unfinished job is read at each scrape, at most every 10s; a finished one every 1d."
    )
    assert live == (
        "account live at https://secure.fusebill.com/v1: 1,200 jobs: "
        "about 10,368,000 reads a day while all run, 1,200 once all have finished"
    )
    assert sandbox == (
        "account sandbox at https://secure.fusebill.com/v1: 1 job: "
        "about 8,640 reads a day while all run, 1 once all have finished"
    )


def test_a_plan_that_never_reads_finished_jobs_again_costs_nothing_then() -> None:
    first, second = plan(config("live", finished=0), watched(live=2))
    assert first.endswith("a finished one never again.")
    assert second.endswith("about 17,280 reads a day while all run, 0 once all have finished")


def test_a_plan_says_the_durations_of_the_configuration() -> None:
    first, second = plan(config("live", active="1m30s", finished="6h"), watched(live=2))
    assert first == (
        "An unfinished job is read at each scrape, at most every 1m30s; a finished one every 6h."
    )
    assert second.endswith("about 1,920 reads a day while all run, 8 once all have finished")


def test_a_plan_of_one_read_a_day_says_read() -> None:
    _, line = plan(config("live", active="1d"), watched(live=1))
    assert "1 job: about 1 read a day while all run, 1 once all have finished" in line


def test_a_plan_of_no_jobs_costs_nothing() -> None:
    _, line = plan(config("live"), watched(live=0))
    assert "0 jobs: about 0 reads a day while all run, 0 once all have finished" in line


def lines(*views: Any) -> list[str]:
    return list(table(make_snapshot(make_account(*views))))


def cells(line: str) -> list[str]:
    return line.split()


def test_a_table_aligns_what_is_known_of_each_job() -> None:
    lost = make_reading(None, NotFound("404: no such job", 404), errors=1)
    done = make_job(id=5, status="Processed", state=State.SUCCEEDED, percent_complete=100.0)
    snapshot = make_snapshot(
        make_account(
            make_view(2607617, make_reading(make_job())), make_view(2607618, lost), name="live"
        ),
        make_account(make_view(5, make_reading(done), account="sandbox"), name="sandbox"),
    )
    assert list(table(snapshot)) == [
        "JOB      ACCOUNT  STATE      STATUS      PERCENT  DONE  FAILED  ITEMS  ERROR",
        "2607617  live     running    Processing  42.1     7     1       19",
        "2607618  live     unread     -           -        -     -       -      404: no such job",
        "5        sandbox  succeeded  Processed   100      7     1       19",
    ]


def test_a_table_without_jobs_is_its_heading() -> None:
    assert lines() == ["JOB  ACCOUNT  STATE  STATUS  PERCENT  DONE  FAILED  ITEMS  ERROR"]


def test_what_the_api_gives_as_null_is_a_dash_and_zero_is_zero() -> None:
    job = make_job(percent_complete=None, successful=None, failed=0, total=None)
    _, row = lines(make_view(1, make_reading(job)))
    assert cells(row)[4:] == ["-", "-", "0", "-"]


def test_a_job_that_was_read_and_then_failed_shows_both() -> None:
    reading = make_reading(make_job(), ReadTimeout("no answer within 10s"), errors=1)
    _, row = lines(make_view(1, reading))
    assert cells(row)[2:4] == ["running", "Processing"]
    assert row.endswith("no answer within 10s")


def test_values_that_are_too_old_are_not_shown() -> None:
    _, row = lines(make_view(1, make_reading(make_job()), stale=True))
    assert cells(row)[2:] == ["unread", "-", "-", "-", "-", "-"]


@pytest.mark.parametrize("count", [999_999, 1_234_567, 2**53])
def test_a_count_is_shown_to_the_last_digit(count: int) -> None:
    _, row = lines(make_view(1, make_reading(make_job(successful=count, failed=0, total=count))))
    assert [cell.replace(",", "") for cell in cells(row)[5:]] == [str(count), "0", str(count)]


def test_a_foreign_word_that_would_move_the_cursor_is_shown_as_escapes() -> None:
    job = make_job(status="Proc\x1b[2J\r\n\x07essing")
    _, row = lines(make_view(1, make_reading(job)))
    assert row.isprintable()
    assert cells(row)[3] == r"Proc\x1b[2J\r\n\x07essing"


def test_a_word_in_another_script_is_shown_as_it_is() -> None:
    _, row = lines(make_view(1, make_reading(make_job(status="Terminé"))))
    assert cells(row)[3] == "Terminé"
