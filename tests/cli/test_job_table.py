from typing import Any

import pytest

from exporter.cli.job_table import table
from exporter.model.failures import NotFound, ReadTimeout
from exporter.model.state import State
from tests.support.snapshots import make_account, make_job, make_reading, make_snapshot, make_view


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


def test_the_jobs_of_an_account_stand_in_the_order_of_their_ids() -> None:
    running, finished = make_job(id=1), make_job(id=2, finished=True)
    rows = lines(
        make_view(3), make_view(2, make_reading(finished)), make_view(1, make_reading(running))
    )
    assert [cells(row)[0] for row in rows[1:]] == ["1", "2", "3"]


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


def test_a_job_that_was_not_attempted_says_so() -> None:
    _, row = lines(make_view(1))
    assert row.endswith("not read")


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


def test_a_failure_that_would_move_the_cursor_is_shown_as_escapes() -> None:
    _, row = lines(make_view(1, make_reading(None, ReadTimeout("late\x1b[2J"))))
    assert row.endswith(r"late\x1b[2J")
