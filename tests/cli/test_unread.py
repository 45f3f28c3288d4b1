"""The last lines of `check --live`: why jobs were not read."""

from typing import Any

import pytest

from exporter.cli.unread import reasons
from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.failures import ConnectionFailed, Failure, NotFound, RateLimited, Unauthorized
from exporter.quota.block import Cause
from tests.support.snapshots import (
    READ,
    make_account,
    make_blocked,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
)

REFUSED = Unauthorized("the API refused the key (401)", 401)
CUT = ConnectionFailed("the connection to the API failed: Connection refused")
MISSING = NotFound("the API knows no such job (404)", 404)
SPENT = RateLimited("the account has used up its API requests (429)", 429)


def jobs(*errors: Failure | None) -> list[JobView]:
    """Return a job that failed for each error, and one that was not attempted for each None."""
    return [
        make_view(number) if error is None else make_view(number, make_reading(None, error))
        for number, error in enumerate(errors, start=1)
    ]


def stopped(cause: Cause, *errors: Failure | None, **changes: Any) -> AccountView:
    """Return an account whose reads were stopped, for the next half an hour."""
    values = {"name": "live", "trouble": "", **changes}
    return make_blocked(cause, READ + 60 + 1_800, *jobs(*errors), **values)


def lines(*accounts: AccountView) -> list[str]:
    return list(reasons(make_snapshot(*accounts)))


def test_where_all_jobs_were_read_there_is_nothing_to_say() -> None:
    read = make_view(1, make_reading(make_job()))
    failed_later = make_view(2, make_reading(make_job(), CUT))
    assert lines(make_account(read, failed_later)) == []


def test_a_refused_key_is_why_no_job_was_read() -> None:
    account = stopped(Cause.KEY, REFUSED, None, None, trouble=str(REFUSED))
    (line,) = lines(account)
    assert line == (
        "Account live: 3 jobs were not read, because its API key is refused: "
        "the API refused the key (401)."
    )


def test_an_api_out_of_reach_is_said_in_the_words_of_the_last_failure() -> None:
    account = stopped(Cause.UNREACHABLE, CUT, trouble=str(CUT))
    (line,) = lines(account)
    assert line == (
        "Account live: 1 job was not read, because its API cannot be read: "
        "the connection to the API failed: Connection refused."
    )


@pytest.mark.parametrize(
    ("cause", "error", "why"),
    [
        pytest.param(
            Cause.RATE_LIMITED,
            SPENT,
            "its API says that all requests are used up (429)",
            id="rate limited",
        ),
        pytest.param(
            Cause.RESERVE,
            None,
            "no more than the reserve of its requests is left (quota.reserve)",
            id="reserve",
        ),
        pytest.param(
            Cause.SHARE,
            None,
            "the exporter's share of its requests is used up for now (quota.share)",
            id="share",
        ),
    ],
)
def test_what_ends_by_itself_is_said_with_the_time_to_the_next_read(
    cause: Cause, error: Failure | None, why: str
) -> None:
    assert lines(stopped(cause, error, None)) == [
        f"Account live: 2 jobs were not read, because {why}. The next read is allowed in 30m."
    ]


def test_a_share_that_delays_reads_only_for_a_while_is_no_block_and_is_said_all_the_same() -> None:
    (line,) = lines(make_account(*jobs(None)))
    assert line.endswith(
        "because the exporter's share of its requests is used up for now (quota.share)."
    )


def test_jobs_that_failed_by_themselves_are_summed_up_by_failure() -> None:
    account = make_account(*jobs(REFUSED, MISSING, MISSING))
    assert lines(account) == [
        "Account live: 2 jobs were not read: the API knows no such job (404).",
        "Account live: 1 job was not read: the API refused the key (401).",
    ]


def test_a_failure_other_than_what_stopped_the_account_is_told_apart() -> None:
    account = stopped(Cause.KEY, MISSING, SPENT, REFUSED, None, trouble=str(REFUSED))
    assert [line.partition(" jobs")[0].partition(" job ")[0] for line in lines(account)] == [
        "Account live: 1",
        "Account live: 1",
        "Account live: 2",
    ]


def test_a_refused_key_is_the_last_line_of_several_accounts() -> None:
    refused = stopped(Cause.KEY, REFUSED, trouble=str(REFUSED), name="a\x1b[2J")
    others = (stopped(Cause.SHARE, None, name="b"), make_account(*jobs(MISSING), name="c"))
    names = [line.partition(":")[0] for line in lines(refused, *others)]
    assert names == ["Account c", "Account b", r"Account a\x1b[2J"]
