"""When a job is read next, and why then."""

from dataclasses import replace

import pytest

from exporter.config.sections import Refresh
from exporter.jobs.reading import UNREAD, Reading, failed, failed_with_account, succeeded
from exporter.model.failures import Failure, Unauthorized
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.block import Block, Cause
from exporter.quota.window import WindowView
from exporter.web.page.upcoming_read import UpcomingRead, upcoming_read
from tests.support.readers import DONE, DOWN, GONE, OVER, RUNNING
from tests.support.snapshots import make_account, make_view

REFRESH = Refresh()
UNIX = 1_700_000_100.0
REFUSED = Unauthorized("the API refused the key (401)", 401)


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=UNIX + seconds)


def read(job: Job = RUNNING, refresh: Refresh = REFRESH) -> Reading:
    return succeeded(UNREAD, job, at(0), at(0), refresh)


def failing(times: int, error: Failure = DOWN) -> Reading:
    reading = read()
    for _ in range(times):
        reading = failed(reading, error, at(0), REFRESH, 0)
    return reading


def upcoming(
    reading: Reading, seconds: float, block: Block | None = None, refresh: Refresh = REFRESH
) -> UpcomingRead:
    view = make_view(1, reading)
    windows = {"minute": WindowView(1_000, 900, None, 250, in_force=1_000)}
    account = make_account(view, block=block, refresh=refresh, windows=windows)
    return upcoming_read(view, account, at(seconds))


@pytest.mark.parametrize(
    ("reading", "seconds", "why"),
    [
        pytest.param(
            read(),
            9.9,
            "an unfinished job is read at most every 10s (refresh.active)",
            id="unfinished",
        ),
        pytest.param(
            failing(1),
            10.0,
            "after a failed read it is tried again; each wait is twice the last, up to 15m, "
            "unless the API asks for a longer one",
            id="failed",
        ),
        pytest.param(
            failing(3),
            40.0,
            "after 3 failed reads in a row it is tried again; "
            "each wait is twice the last, up to 15m, "
            "unless the API asks for a longer one",
            id="failed three times",
        ),
        pytest.param(
            failing(1, GONE),
            10.0,
            "after a failed read it is tried again; each wait is twice the last, up to 1h, "
            "unless the API asks for a longer one",
            id="not known to the API",
        ),
        pytest.param(
            read(DONE),
            9.9,
            "its end is not confirmed: until it has stood for 40s, "
            "the job is read at most every 10s (refresh.active), as an unfinished one",
            id="its end is not confirmed",
        ),
        pytest.param(
            read(replace(DONE, completed=None)),
            9.9,
            "its end is not confirmed and contradicts itself: until it has stood for 2m40s, "
            "the job is read at most every 10s (refresh.active), as an unfinished one",
            id="its end contradicts itself",
        ),
        pytest.param(
            read(OVER),
            86_400.0,
            "its end is confirmed: it is read after 3 times as long as the end stood, "
            "but after 1d at the latest (refresh.finished)",
            id="its end is confirmed",
        ),
    ],
)
def test_a_job_that_is_not_due_says_when_it_is_and_why_then(
    reading: Reading, seconds: float, why: str
) -> None:
    at_first = UpcomingRead(
        "at the first scrape after", why, at=pytest.approx(UNIX + seconds, abs=0.001)
    )
    assert upcoming(reading, 1) == at_first


def test_the_time_does_not_change_as_the_clock_goes_on() -> None:
    assert upcoming(failing(3), 1).at == pytest.approx(upcoming(failing(3), 30).at, abs=0.001)


def test_a_job_that_was_never_attempted_is_read_at_the_next_scrape() -> None:
    assert upcoming(UNREAD, 0) == UpcomingRead("at the next scrape", "it has not been read yet")


def test_a_confirmed_end_may_never_be_read_again() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    reading = read(OVER, never)
    assert upcoming(reading, 1, refresh=never) == UpcomingRead(
        "never again", "its end is confirmed, and refresh.finished is 0"
    )


@pytest.mark.parametrize(
    ("reading", "due"),
    [
        pytest.param(read(), 9.9, id="unfinished"),
        pytest.param(read(DONE), 9.9, id="end not confirmed"),
        pytest.param(read(OVER), 86_400.0, id="confirmed"),
        pytest.param(failing(1), 10.0, id="failed"),
        pytest.param(
            failed_with_account(read(), REFUSED, at(0)), 0.0, id="failed with its account"
        ),
    ],
)
def test_a_job_that_is_due_says_since_when(reading: Reading, due: float) -> None:
    assert upcoming(reading, 90_000) == UpcomingRead(
        "at the next scrape",
        "it is due, if it is not being read just now",
        due_since=pytest.approx(UNIX + due, abs=0.001),
    )


@pytest.mark.parametrize(
    ("reading", "last"),
    [
        pytest.param(UNREAD, "", id="never read"),
        pytest.param(read(), "", id="unfinished"),
        pytest.param(read(OVER), ", after the jobs without a confirmed end", id="confirmed"),
    ],
)
def test_a_job_waits_for_its_turn_where_the_share_does_not_allow_all_reads(
    reading: Reading, last: str
) -> None:
    views = [make_view(job_id, reading) for job_id in range(1, 4)]
    windows = {"minute": WindowView(10, 9, None, 2, in_force=10)}
    account = make_account(*views, refresh=REFRESH, windows=windows)
    assert upcoming_read(views[2], account, at(90_000)).why == (
        f"it waits for its turn{last}: 3 jobs are due, and the share of 25\N{NO-BREAK SPACE}% "
        "of the requests allows a read every 24s"
    )


@pytest.mark.parametrize("reading", [UNREAD, read(), failing(1)], ids=["unread", "read", "failed"])
@pytest.mark.parametrize(
    ("cause", "why"),
    [
        (Cause.SHARE, "the account is blocked until then (share spent)"),
        (Cause.RESERVE, "the account is blocked until then (reserve reached)"),
        (Cause.RATE_LIMITED, "the account is blocked until then (rate limited)"),
        (Cause.KEY, "the account is blocked (key refused), and one read tries the API then"),
        (Cause.UNREACHABLE, "the account is blocked (down), and one read tries the API then"),
    ],
)
def test_the_reads_of_a_blocked_account_wait(reading: Reading, cause: Cause, why: str) -> None:
    block = Block(cause, UNIX, UNIX + 60)
    assert upcoming(reading, 20, block) == UpcomingRead("not before", why, at=UNIX + 60)


@pytest.mark.parametrize("cause", [Cause.KEY, Cause.UNREACHABLE, Cause.RATE_LIMITED])
def test_a_block_whose_wait_is_over_ends_with_one_good_read(cause: Cause) -> None:
    when, why, *_ = upcoming(read(), 20, Block(cause, UNIX, None))
    assert when == "at the next scrape, if the API answers"
    assert why.endswith("), and one read tries the API first")


@pytest.mark.parametrize("until", [UNIX + 5, None])
def test_a_job_that_is_due_only_after_a_block_does_not_wait_for_it(until: float | None) -> None:
    block = Block(Cause.UNREACHABLE, UNIX, until)
    assert upcoming(read(OVER), 1, block) == upcoming(read(OVER), 1)


def test_a_job_that_is_never_read_again_does_not_wait_for_a_block() -> None:
    never = REFRESH.model_copy(update={"finished": 0.0})
    block = Block(Cause.UNREACHABLE, UNIX, UNIX + 60)
    assert upcoming(read(OVER, never), 1, block, never).when == "never again"
