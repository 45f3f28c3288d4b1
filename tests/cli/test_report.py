from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter.cli.report import costs, table
from exporter.config.load import parse
from exporter.config.sections import Config, WatchedJob
from exporter.model.failures import NotFound, ReadTimeout
from exporter.model.state import State
from tests.support.snapshots import make_account, make_job, make_reading, make_snapshot, make_view


def config(*names: str, **refresh: Any) -> Config:
    accounts = [{"name": name} for name in names]
    return parse({"accounts": accounts, "refresh": refresh}, Path("config.yaml"))


def watched(**counts: int) -> Mapping[str, tuple[WatchedJob, ...]]:
    """Return that many jobs for each account."""
    return {
        name: tuple(WatchedJob(id=job_id) for job_id in range(1, count + 1))
        for name, count in counts.items()
    }


def account_lines(
    made: Config, jobs: int, running: int | None = None, interval: float = 30
) -> list[str]:
    """Return the lines about the only account of a configuration."""
    (account,) = made.accounts
    return list(costs(made, {account.name: watched(a=jobs)["a"]}, running, interval))[2:]


def test_costs_say_how_often_jobs_are_read() -> None:
    first, *_ = costs(config("live"), watched(live=1), None, 30)
    assert first == (
        "An unfinished job is read at each scrape, but at most every 10s. "
        "A finished job is read again every 1d, with the requests that are left."
    )


def test_costs_say_that_finished_jobs_are_never_read_again() -> None:
    first, *_ = costs(config("live", finished=0), watched(live=2), None, 30)
    assert first.endswith("A finished job is never read again.")


@pytest.mark.parametrize(
    ("refresh", "interval", "sentence"),
    [
        pytest.param(
            {},
            10,
            "A job that ends is read 4 more times until its end is confirmed, or 16 if the end "
            "contradicts itself. Then it is read 5 more times, more and more rarely, before it is "
            "read every 1d. A job that was completed long ago is read once.",
            id="by default",
        ),
        pytest.param(
            {"finished": 0},
            60,
            "A job that ends is read 1 more time until its end is confirmed, or 3 if the end "
            "contradicts itself. A job that was completed long ago is read once.",
            id="never again",
        ),
    ],
)
def test_costs_say_how_many_reads_an_end_takes(
    refresh: Mapping[str, Any], interval: float, sentence: str
) -> None:
    _, second, *_ = costs(config("live", **refresh), watched(live=1), None, interval)
    assert second == sentence


def test_costs_are_given_for_the_limits_of_each_type_of_account() -> None:
    wanted = "1,000 jobs, at most 40 running, scraped every 30 s: 115,200 reads a day wanted"
    costs = "costs 25 % of the account's requests; wanted are"
    withheld = "read less often than every 1h (refresh.stale_after): values are withheld in between"
    assert account_lines(config("live"), 1_000, running=40) == [
        "account live at https://secure.fusebill.com/v1, at most 25 % of its limits:",
        "  live limits, 1,000 a minute and 180,000 a day:",
        f"    {wanted}, 45,000 allowed: each running job every 77 s",
        f"    {costs} 65 %, with 960 reads of finished jobs",
        "  sandbox limits, 50 a minute and 5,000 a day:",
        f"    {wanted}, 1,250 allowed: each running job every 46m5s",
        f"    {costs} 2,323 %, with 960 reads of finished jobs",
        "  TestDrive limits, 10 a minute and 500 a day:",
        f"    {wanted}, 125 allowed: each running job every 7h40m48s",
        f"    {costs} 23,232 %, with 960 reads of finished jobs",
        f"    running jobs are {withheld}",
    ]


def test_costs_are_given_for_configured_limits_alone() -> None:
    account = {"quota": {"share": 0.5, "per_minute": 100, "per_day": 10_000}}
    made = parse({"accounts": [account]}, Path("config.yaml"))
    _, _, heading, limits, sentence, cost = costs(made, {"default": watched(a=1)["a"]}, None, 60)
    assert heading.endswith("at most 50 % of its limits:")
    assert limits == "  configured limits, 100 a minute and 10,000 a day:"
    assert sentence == (
        "    1 job, at most 1 running, scraped every 60 s: 1,440 reads a day wanted, "
        "5,000 allowed: each running job every 60 s"
    )
    assert cost.startswith("    costs 14 % of")


def test_by_default_all_jobs_run_at_once() -> None:
    assert "2 jobs, at most 2 running" in account_lines(config("live"), 2)[2]


def test_no_more_jobs_run_than_are_watched() -> None:
    assert "2 jobs, at most 2 running" in account_lines(config("live"), 2, running=40)[2]


def test_one_read_a_day_is_written_in_the_singular() -> None:
    assert "1 read a day wanted" in account_lines(config("live", active="1d"), 1)[2]


def test_one_read_of_finished_jobs_is_written_in_the_singular() -> None:
    assert account_lines(config("live"), 2, running=1)[3].endswith("with 1 read of finished jobs")


def test_no_jobs_cost_nothing() -> None:
    lines = account_lines(config("live"), 0)
    assert "0 jobs, at most 0 running, scraped every 30 s: 0 reads a day wanted" in lines[2]
    assert lines[3].startswith("    costs 0 %")


@pytest.mark.parametrize(
    ("interval", "written"),
    [(0.1, "0.1 s"), (1.5, "1.5 s"), (15, "15 s"), (599, "599 s"), (600, "10m"), (5400, "1h30m")],
)
def test_seconds_are_written_as_people_read_them(interval: float, written: str) -> None:
    lines = account_lines(config("live"), 1, interval=interval)
    assert f"scraped every {written}: " in lines[2]


def test_where_next_to_nothing_is_allowed_a_read_takes_for_ever() -> None:
    made = parse({"accounts": [{"quota": {"share": 1e-310}}]}, Path("config.yaml"))
    assert account_lines(made, 1)[2].endswith("0 allowed: each running job every 100 years or more")


def test_costs_are_given_for_every_account() -> None:
    both = list(costs(config("live", "sandbox"), watched(live=1, sandbox=2), None, 30))
    assert sum(line.startswith("account ") for line in both) == 2


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
