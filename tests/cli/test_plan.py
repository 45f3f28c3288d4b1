from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter.cli.plan import plan
from exporter.cli.watch_cost import Stated
from exporter.config.load import parse
from exporter.config.sections import Config, WatchedJob

HEADING = "Account live at https://secure.fusebill.com/v1"


def config(*names: str, **refresh: Any) -> Config:
    accounts = [{"name": name} for name in names]
    return parse({"accounts": accounts, "refresh": refresh}, Path("config.yaml"))


def with_quota(**quota: Any) -> Config:
    return parse({"accounts": [{"name": "live", "quota": quota}]}, Path("config.yaml"))


def watched(**counts: int) -> Mapping[str, tuple[WatchedJob, ...]]:
    """Return that many jobs for each account."""
    return {
        name: tuple(WatchedJob(id=job_id) for job_id in range(1, count + 1))
        for name, count in counts.items()
    }


def rules(interval: float = 30, **refresh: Any) -> list[str]:
    """Return the lines before the first account."""
    return list(plan(config("live", **refresh), watched(live=1), None, interval, {}))[:2]


def paragraph(
    made: Config,
    jobs: int,
    running: int | None = None,
    interval: float = 30,
    stated: Stated | None = None,
) -> list[str]:
    """Return the lines about the only account of a configuration."""
    its = {"live": stated} if stated else {}
    return list(plan(made, watched(live=jobs), running, interval, its))[3:]


def test_the_plan_begins_with_how_often_jobs_are_read() -> None:
    assert rules()[0] == (
        "Prometheus scrapes every 30s. An unfinished job is read at each scrape, but at most every "
        "10s. A finished job is read again every 1d, as far as requests are left."
    )


def test_the_plan_says_that_finished_jobs_are_never_read_again() -> None:
    assert rules(finished=0)[0].endswith("A finished job is never read again.")


@pytest.mark.parametrize(
    ("refresh", "interval", "sentences"),
    [
        pytest.param(
            {},
            10,
            "The end of a job is confirmed after 4 more reads, or after 16 if it contradicts "
            "itself, such as a success at 90 %. The job is then read 5 more times, more and more "
            "rarely, before it is read every 1d. An end that is long past is confirmed by the "
            "first read.",
            id="by default",
        ),
        pytest.param(
            {"finished": 0},
            60,
            "The end of a job is confirmed after 1 more read, or after 3 if it contradicts itself, "
            "such as a success at 90 %. An end that is long past is confirmed by the first read.",
            id="never again",
        ),
        pytest.param(
            {"finished": "10s"},
            10,
            "The end of a job is confirmed after 4 more reads, or after 16 if it contradicts "
            "itself, such as a success at 90 %. An end that is long past is confirmed by the "
            "first read.",
            id="as often as before",
        ),
    ],
)
def test_the_plan_says_how_many_reads_an_end_takes(
    refresh: Mapping[str, Any], interval: float, sentences: str
) -> None:
    assert rules(interval, **refresh)[1] == sentences


def test_the_plan_is_made_for_the_limits_of_each_type_of_account() -> None:
    may = "The exporter may use 25 % of its limits"
    needed = "Running jobs need 115,200 reads a day, more than the"
    withheld = "values of running jobs are withheld in between"
    costs = "That costs 25 % of the account's requests. Without the limit it would cost"
    assert paragraph(config("live"), 1_000, running=40) == [
        f"{HEADING} has 1,000 jobs, at most 40 of them running. {may}, which depend on its type.",
        "  With a live account's limit of 180,000 requests a day, and 1,000 a minute:",
        f"    {needed} 45,000 allowed: each is read only every 1m17s.",
        f"    {costs} 65 %, with 960 reads of finished jobs.",
        "  With a sandbox account's limit of 5,000 requests a day, and 50 a minute:",
        f"    {needed} 1,250 allowed: each is read only every 46m5s.",
        f"    {costs} 2,323 %, with 960 reads of finished jobs.",
        "  With a TestDrive account's limit of 500 requests a day, and 10 a minute:",
        f"    {needed} 125 allowed: each is read only every 7h40m48s.",
        f"    That is rarer than refresh.stale_after (1h): {withheld}.",
        f"    {costs} 23,232 %, with 960 reads of finished jobs.",
    ]


def test_the_plan_is_made_for_the_configured_limits_alone() -> None:
    made = with_quota(share=0.5, per_minute=100, per_day=10_000)
    assert paragraph(made, 1, interval=60, stated=Stated(50, 5_000)) == [
        f"{HEADING} has 1 job. The exporter may use 50 % of its limits.",
        "  With the configured limit of 10,000 requests a day, and 100 a minute:",
        "    Running jobs need 1,440 reads a day, within the 5,000 allowed: each is read every 1m.",
        "    That costs 14 % of the account's requests.",
    ]


def test_the_plan_is_made_for_the_limits_that_the_api_states_alone() -> None:
    may = "The exporter may use 25 % of its limits"
    needed = "Running jobs need 5,760 reads a day,"
    assert paragraph(config("live"), 2, stated=Stated(50, 5_000)) == [
        f"{HEADING} has 2 jobs, which may all run at once. {may}.",
        "  With the API's limit of 5,000 requests a day, and 50 a minute:",
        f"    {needed} more than the 1,250 allowed: each is read only every 2m18s.",
        "    That costs 25 % of the account's requests. Without the limit it would cost 115 %.",
    ]


def test_an_account_whose_limits_the_api_did_not_state_may_be_of_each_type() -> None:
    lines = paragraph(config("live"), 2, stated=Stated())
    assert sum(line.startswith("  With ") for line in lines) == 3


def test_no_more_jobs_run_than_are_watched() -> None:
    assert "has 2 jobs, which may all run at once." in paragraph(config("live"), 2, running=40)[0]


def test_one_read_a_day_is_written_in_the_singular() -> None:
    assert "need 1 read a day" in paragraph(config("live", active="1d"), 1)[2]


def test_one_read_of_finished_jobs_is_written_in_the_singular() -> None:
    assert paragraph(config("live"), 2, running=1)[3] == (
        "    With 1 read of finished jobs, that costs 1.6 % of the account's requests."
    )


def test_an_account_without_jobs_needs_no_plan() -> None:
    assert paragraph(config("live"), 0) == [f"{HEADING} has no jobs, so nothing is read."]


def test_where_next_to_nothing_is_allowed_a_read_takes_for_ever() -> None:
    made = with_quota(share=1e-310)
    assert paragraph(made, 1)[2].endswith(
        "more than the 0 allowed: each is read only every 36500d or more."
    )


def test_each_account_has_a_paragraph() -> None:
    lines = list(plan(config("live", "sandbox"), watched(live=1, sandbox=2), None, 30, {}))
    before = [lines[index - 1] for index, line in enumerate(lines) if line.startswith("Account ")]
    assert before == ["", ""]
