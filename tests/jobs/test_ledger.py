"""What each attempt changes of what is known of an account."""

from dataclasses import replace

import pytest

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    RateLimited,
    ReadTimeout,
    Unauthorized,
)
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.budget import make_budget
from tests.support.readers import DONE, DOWN, GONE, RUNNING
from tests.support.virtual_account import REFUSED

SPENT = RateLimited("the account has used up its API requests (429)", 429)
ACTIVE = 10.0


def at(seconds: float) -> Instant:
    return Instant(seconds, 1_700_000_000.0 + seconds)


def make_ledger(*jobs: int, active: str = "10s") -> Ledger:
    return Ledger(
        "live",
        [WatchedJob(id=one) for one in jobs or (1,)],
        refresh=Refresh(active=active),
        budget=make_budget(Quota()),
        jitter=lambda: 0.0,
    )


def attempt(
    ledger: Ledger, result: Job | Failure, seconds: float, job_id: int = 1, era: int | None = None
) -> None:
    """Record an attempt that begins and ends at once, with this result."""
    now = at(seconds)
    outcome = result if isinstance(result, Failure) else Answer(200, replace(result, id=job_id))
    ledger.permits.start(now, watched=True, new=False)
    ledger.record(Attempt(job_id, now, now, now, outcome, ledger.era if era is None else era))


def test_a_good_answer_is_a_reading_and_brings_the_api_up() -> None:
    ledger = make_ledger()
    attempt(ledger, RUNNING, 0.0)
    assert ledger.roster.reading(1).job == RUNNING
    view = ledger.view(at(0))
    assert (view.up, view.answered_at, view.counters.requests["200"]) == (True, at(0).unix, 1)


def test_a_view_keeps_its_counts_when_more_is_counted() -> None:
    ledger = make_ledger()
    before = ledger.view(at(0))
    attempt(ledger, RUNNING, 0.0)
    assert before.counters.requests["200"] == 0


def test_a_view_says_how_often_jobs_are_read_from_now_on() -> None:
    ledger, slower = make_ledger(), Refresh(active="1m")
    assert ledger.view(at(0)).refresh == Refresh(active="10s")
    ledger.adopt(slower, Quota(), {}, at(1))
    assert ledger.view(at(1)).refresh == slower


def test_a_failed_attempt_keeps_the_last_good_values_and_is_counted_by_its_reason() -> None:
    ledger = make_ledger()
    attempt(ledger, RUNNING, 0.0)
    attempt(ledger, GONE, ACTIVE)
    reading = ledger.roster.reading(1)
    assert (reading.job, reading.error) == (RUNNING, GONE)
    assert ledger.counters.errors["not_found"] == 1


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        pytest.param(GONE, ACTIVE, id="the job's own: after its back-off"),
        pytest.param(SPENT, 0.0, id="the account's: due at once"),
    ],
)
def test_a_job_backs_off_only_for_a_failure_of_its_own(error: Failure, wait: float) -> None:
    ledger = make_ledger()
    attempt(ledger, error, 0.0)
    assert ledger.roster.reading(1).due_at == wait


def test_an_end_is_counted_once_when_it_is_confirmed() -> None:
    ledger = make_ledger()
    attempt(ledger, RUNNING, 0.0)
    counts = []
    for read in range(1, 8):
        attempt(ledger, DONE, read * ACTIVE)
        counts.append(ledger.counters.finished["succeeded"])
    assert counts == [0, 0, 0, 0, 1, 1, 1]
    assert ledger.counters.job_seconds[DONE.state].total == DONE.duration


def test_an_end_from_before_the_first_read_is_not_counted() -> None:
    ledger = make_ledger()
    for read in range(8):
        attempt(ledger, DONE, read * ACTIVE)
    assert ledger.roster.reading(1).end.confirmed
    assert ledger.counters.finished["succeeded"] == 0


def test_an_answer_from_another_address_counts_as_a_request_and_changes_nothing_else() -> None:
    ledger = make_ledger()
    era = ledger.era
    ledger.at_another_address()
    attempt(ledger, RUNNING, 0.0, era=era)
    assert ledger.roster.reading(1).job is None
    assert (ledger.view(at(0)).up, ledger.counters.requests["200"]) == (None, 1)


def test_an_account_that_is_up_stays_so_with_another_key_until_a_read() -> None:
    ledger = make_ledger()
    attempt(ledger, RUNNING, 0.0)
    ledger.with_another_key(at(1))
    assert ledger.view(at(1)).up is True
    attempt(ledger, REFUSED, 2.0)
    assert ledger.view(at(2)).up is False


def test_a_refusal_of_an_older_key_says_nothing_of_the_job_or_the_api() -> None:
    ledger = make_ledger()
    era = ledger.era
    ledger.with_another_key(at(0))
    attempt(ledger, REFUSED, 0.0, era=era)
    assert ledger.roster.reading(1).error is None
    assert (ledger.view(at(0)).up, ledger.counters.errors["unauthorized"]) == (None, 1)


def test_jobs_that_failed_in_an_outage_are_due_once_it_is_over() -> None:
    ledger = make_ledger(*range(1, 8), active="1m")
    for job_id in range(1, 6):
        attempt(ledger, DOWN, job_id / 10, job_id)
    attempt(ledger, DOWN, 6.0, 6)
    assert ledger.roster.reading(2).due_at > 60
    attempt(ledger, RUNNING, 20.0, 7)
    assert [ledger.roster.reading(job_id).due_at for job_id in range(2, 5)] == [20.0, 20.0, 20.0]


def test_a_request_that_was_never_sent_is_not_counted() -> None:
    ledger = make_ledger()
    attempt(ledger, Unauthorized("no key", requests=0), 0.0)
    assert ledger.counters.errors["unauthorized"] == 1
    assert sum(ledger.counters.requests.values()) == 0


def test_a_read_that_sent_a_second_request_is_one_attempt() -> None:
    ledger = make_ledger()
    attempt(ledger, ConnectionFailed("the connection to the API failed", requests=2), 0.0)
    assert ledger.counters.errors["connection"] == 1
    assert sum(ledger.counters.requests.values()) == 1


def test_fields_that_cannot_be_read_are_counted_in_each_answer() -> None:
    ledger = make_ledger()
    for read in range(2):
        attempt(ledger, replace(RUNNING, unreadable=("totalCount", "isOffline")), read * ACTIVE)
    counts = {field: n for field, n in ledger.counters.unreadable.items() if n}
    assert counts == {"totalCount": 2, "isOffline": 2}


@pytest.mark.parametrize(
    ("error", "up"),
    [
        (ReadTimeout("late"), False),
        (DOWN, False),
        (REFUSED, False),
        (GONE, True),
        (SPENT, True),
        (InvalidResponse("no JSON", 200), False),
        (InvalidResponse("a field is wrong", 200, from_api=True), True),
        (InvalidResponse("a redirect", 302), False),
    ],
    ids=repr,
)
def test_an_account_is_up_when_the_api_answers_and_accepts_the_key(
    error: Failure, up: bool
) -> None:
    ledger = make_ledger()
    assert ledger.view(at(0)).up is None
    attempt(ledger, error, 0.0)
    assert ledger.view(at(0)).up is up
    attempt(ledger, RUNNING, 3600.0)
    assert ledger.view(at(3600)).up is True
