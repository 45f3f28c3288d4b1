"""What an attempt changes of what is known of an account."""

from dataclasses import replace

import pytest

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer, Attempt
from exporter.model.failures import Failure, RateLimited
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.quota.budget import make_budget
from tests.support.account import DOWN, GONE, REFUSED
from tests.support.readers import DONE, RUNNING

SPENT = RateLimited("the account has used up its API requests (429)", 429)
ACTIVE = 10.0


def at(seconds: float) -> Instant:
    return Instant(seconds, 1_700_000_000.0 + seconds)


def ledger(*jobs: int, active: str = "10s") -> Ledger:
    return Ledger(
        "live",
        [WatchedJob(id=one) for one in jobs or (1,)],
        refresh=Refresh(active=active),
        budget=make_budget(Quota()),
        jitter=lambda: 0.0,
    )


def attempt(
    of: Ledger, result: Job | Failure, seconds: float, job_id: int = 1, era: int | None = None
) -> None:
    """Let an attempt to read a job begin and end at once."""
    now = at(seconds)
    ended = result if isinstance(result, Failure) else Answer(200, replace(result, id=job_id))
    of.permits.start(now, watched=True, new=False)
    of.record(Attempt(job_id, now, now, now, ended, of.era if era is None else era))


def test_a_good_answer_is_a_reading_and_brings_the_api_up() -> None:
    of = ledger()
    attempt(of, RUNNING, 0.0)
    assert of.roster.reading(1).job == RUNNING
    view = of.view(at(0))
    assert (view.up, view.answered_at, view.counters.requests["200"]) == (True, at(0).unix, 1)


def test_a_failed_attempt_keeps_the_last_good_values_and_is_counted_by_its_reason() -> None:
    of = ledger()
    attempt(of, RUNNING, 0.0)
    attempt(of, GONE, ACTIVE)
    reading = of.roster.reading(1)
    assert (reading.job, reading.error) == (RUNNING, GONE)
    assert of.counters.errors["not_found"] == 1


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        pytest.param(GONE, ACTIVE, id="the job's own: after its back-off"),
        pytest.param(SPENT, 0.0, id="the account's: as soon as it may be read"),
    ],
)
def test_a_job_backs_off_only_for_a_failure_of_its_own(error: Failure, wait: float) -> None:
    of = ledger()
    attempt(of, error, 0.0)
    assert of.roster.reading(1).due_at == wait


def test_an_end_is_counted_once_when_it_is_confirmed() -> None:
    of = ledger()
    attempt(of, RUNNING, 0.0)
    counts = []
    for read in range(1, 8):
        attempt(of, DONE, read * ACTIVE)
        counts.append(of.counters.finished["succeeded"])
    assert counts == [0, 0, 0, 0, 1, 1, 1]


def test_an_end_from_before_the_first_read_is_not_counted() -> None:
    of = ledger()
    for read in range(8):
        attempt(of, DONE, read * ACTIVE)
    assert of.roster.reading(1).end.confirmed
    assert of.counters.finished["succeeded"] == 0


def test_what_another_address_answered_is_counted_as_a_request_and_nothing_else() -> None:
    of = ledger()
    era = of.era
    of.at_another_address()
    attempt(of, RUNNING, 0.0, era=era)
    assert of.roster.reading(1).job is None
    assert (of.view(at(0)).up, of.counters.requests["200"]) == (None, 1)


def test_a_refusal_of_an_older_key_says_nothing_of_the_job_or_the_api() -> None:
    of = ledger()
    era = of.era
    of.with_another_key(at(0))
    attempt(of, REFUSED, 0.0, era=era)
    assert of.roster.reading(1).error is None
    assert (of.view(at(0)).up, of.counters.errors["unauthorized"]) == (None, 1)


def test_jobs_that_failed_in_an_outage_are_due_once_it_is_over() -> None:
    of = ledger(*range(1, 8), active="1m")
    for job_id in range(1, 6):
        attempt(of, DOWN, job_id / 10, job_id)
    attempt(of, DOWN, 6.0, 6)
    assert of.roster.reading(2).due_at > 60
    attempt(of, RUNNING, 20.0, 7)
    assert [of.roster.reading(job_id).due_at for job_id in range(2, 5)] == [20.0, 20.0, 20.0]
