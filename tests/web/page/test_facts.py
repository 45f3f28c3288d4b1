"""What a person learns of a job whose row is opened."""

from dataclasses import fields, replace
from typing import Any

import pytest

from exporter.config.sections import WatchedJob
from exporter.jobs.reading import UNREAD, Reading, failed, failed_with_account, succeeded
from exporter.jobs.snapshot import JobView
from exporter.model.failures import ReadTimeout, Unauthorized
from exporter.model.instant import Instant
from exporter.model.job import Job
from exporter.web.page.facts import Fact, FactGroup, facts
from tests.support.readers import DONE, DOWN, OVER, RUNNING
from tests.support.snapshots import NULLS, make_account, make_view

ACCOUNT = make_account()
REFRESH = ACCOUNT.refresh
UNIX = 1_700_000_100.0
BARE = replace(RUNNING, type="", **dict[str, Any](NULLS)).judged({})


def at(seconds: float) -> Instant:
    return Instant(monotonic=1000.0 + seconds, unix=UNIX + seconds)


def read(job: Job = RUNNING, seconds: float = 0.0, before: Reading = UNREAD) -> Reading:
    return succeeded(before, job, at(seconds), at(seconds), REFRESH)


def of(reading: Reading, *, stale: bool = False, now: Instant | None = None) -> list[FactGroup]:
    return list(facts(make_view(1, reading, stale=stale), ACCOUNT, now or at(60)))


def group(title: str, reading: Reading, *, stale: bool = False) -> list[Fact]:
    """Return the facts of one group; an empty list if there is no such group."""
    return [fact for one in of(reading, stale=stale) if one.title == title for fact in one.facts]


def titles(reading: Reading) -> list[str]:
    return [one.title for one in of(reading)]


def test_a_running_job_shows_each_value_of_the_api_with_the_time_of_its_read() -> None:
    assert of(read()) == [
        FactGroup(
            "State",
            (
                Fact("State", "running", read_at=UNIX),
                Fact("Why", "the status word says so", read_at=UNIX),
                Fact("Status word", "Processing", read_at=UNIX),
                Fact("Last change seen", moment=UNIX),
            ),
        ),
        FactGroup(
            "Values",
            (
                Fact("Type", "SubscriptionProductBulkPriceChange", read_at=UNIX),
                Fact("Progress", "10 %", read_at=UNIX),
                Fact("Done", "1", read_at=UNIX),
                Fact("Failed", "0", read_at=UNIX),
                Fact("Items", "10", read_at=UNIX),
                Fact("Tasks", "1", read_at=UNIX),
                Fact("Offline", "no", read_at=UNIX),
                Fact("Account id", "12345", read_at=UNIX),
                Fact("Created", moment=1_700_000_000.0, read_at=UNIX),
            ),
        ),
        FactGroup(
            "Reads", (Fact("Last good read", moment=UNIX), Fact("Last attempt", "worked", UNIX))
        ),
    ]


def test_a_value_that_the_api_does_not_give_is_left_out_unless_the_table_has_a_column_for_it() -> (
    None
):
    assert group("Values", read(BARE)) == [
        Fact(name, "not known", read_at=UNIX) for name in ("Progress", "Done", "Failed", "Items")
    ]


def test_no_value_of_a_job_is_left_out() -> None:
    job = Job(
        id=1,
        status="Odd",
        account_id=11,
        type="Import",
        created=UNIX - 500,
        completed=UNIX - 200,
        total=22,
        successful=33,
        failed=44,
        percent_complete=55.0,
        tasks=66,
        offline=True,
        unreadable=("uri",),
    )
    shown = {fact.value for one in of(read(job)) for fact in one.facts}
    shown |= {fact.moment for one in of(read(job)) for fact in one.facts}
    derived = {"id", "meaning", "state", "finished"}
    as_shown = {55.0: "55 %", True: "yes", ("uri",): "uri"}
    values = {getattr(job, one.name) for one in fields(Job) if one.name not in derived}
    values = {as_shown.get(one, one) for one in values}
    assert {str(one) if isinstance(one, int) else one for one in values} <= shown
    assert Fact("Duration", "5m", read_at=UNIX) in group("Values", read(job))


def test_values_that_are_too_old_for_the_table_are_here_with_their_age() -> None:
    assert group("Values", read(), stale=True) == group("Values", read())
    assert group("State", read(), stale=True) == [
        Fact("State", "unread"),
        Fact("Why", "its values are too old: they count for 1h (refresh.stale_after)"),
        Fact("State when it was last read", "running", read_at=UNIX),
        Fact("Status word", "Processing", read_at=UNIX),
        Fact("Last change seen", moment=UNIX),
    ]


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        pytest.param(UNREAD, "not read yet", id="never attempted"),
        pytest.param(
            failed(UNREAD, DOWN, at(0), REFRESH, 0),
            "every attempt to read it has failed",
            id="never read",
        ),
    ],
)
def test_a_job_without_values_says_why(reading: Reading, why: str) -> None:
    assert group("State", reading) == [Fact("State", "unread"), Fact("Why", why)]
    assert group("Values", reading) == []


def test_of_a_job_that_was_never_attempted_nothing_else_is_known() -> None:
    assert titles(UNREAD) == ["State"]


def test_an_unreadable_job_says_what_is_wrong_and_since_when() -> None:
    reading = failed(read(), DOWN, at(10), REFRESH, 0)
    reading = failed(reading, ReadTimeout("no answer came in time"), at(20), REFRESH, 0)
    assert group("Values", reading) == group("Values", read())
    assert group("Reads", reading) == [
        Fact("Last good read", moment=UNIX),
        Fact("Last attempt", "failed", moment=UNIX + 20),
        Fact("Error", "no answer came in time"),
        Fact("Reason", "timeout"),
        Fact("Failing since", moment=UNIX + 10),
        Fact("Failed attempts", "2 in a row, 2 in all"),
    ]


def test_the_status_of_an_answer_that_is_an_error_is_a_fact() -> None:
    reads = group("Reads", failed(UNREAD, DOWN, at(10), REFRESH, 0))
    assert Fact("HTTP status", "500") in reads


def test_failures_of_the_whole_account_do_not_count_in_a_row() -> None:
    refused = Unauthorized("the API refused the key (401)", 401)
    reads = group("Reads", failed_with_account(read(), refused, at(10)))
    assert Fact("Failed attempts", "1 in all") in reads


def test_after_a_good_read_only_the_count_of_failures_remains() -> None:
    reading = read(RUNNING, 30, failed(UNREAD, DOWN, at(10), REFRESH, 0))
    assert group("Reads", reading) == [
        Fact("Last good read", moment=UNIX + 30),
        Fact("Last attempt", "worked", moment=UNIX + 30),
        Fact("Failed attempts", "1 in all"),
    ]


def test_the_end_of_a_job_that_was_seen_to_end_can_be_confirmed_later() -> None:
    assert group("End", read(DONE, 30, read())) == [
        Fact("End unchanged since", moment=UNIX + 30),
        Fact("Seen to end", "yes"),
        Fact("Confirmed", "not yet"),
        Fact("Can be confirmed", "by the first good read after", moment=UNIX + 30 + 39.6),
    ]


def test_an_end_that_was_confirmed_at_first_sight_was_not_seen_to_come() -> None:
    assert OVER.completed is not None
    assert group("End", read(OVER)) == [
        Fact("End unchanged since", moment=OVER.completed),
        Fact("Seen to end", "no, it had ended before its first read"),
        Fact("Confirmed", "yes"),
    ]


@pytest.mark.parametrize(
    ("job", "why"),
    [
        pytest.param(
            replace(DONE, completed=None),
            "not yet: it contradicts itself, without a completedTimestamp",
            id="no date",
        ),
        pytest.param(
            replace(DONE, successful=5),
            "not yet: it contradicts itself, by a word of success when not all is done",
            id="items are missing",
        ),
    ],
)
def test_an_end_that_contradicts_itself_says_how_and_takes_longer(job: Job, why: str) -> None:
    *_, confirmed, can_be = group("End", read(job, 30, read()))
    assert confirmed == Fact("Confirmed", why)
    assert can_be.moment == pytest.approx(UNIX + 30 + 158.4, abs=0.001)


def test_a_job_that_has_not_ended_has_no_end() -> None:
    assert "End" not in titles(read())


def test_what_the_user_calls_the_job_comes_last() -> None:
    watched = WatchedJob(id=1, name="q3", labels={"Name": "prices", "team": "billing"})
    *_, last = facts(JobView("live", watched, UNREAD, None), ACCOUNT, at(0))
    assert last == FactGroup(
        "Configuration",
        (Fact("Name", "q3"), Fact("Label Name", "prices"), Fact("Label team", "billing")),
    )


READINGS = [
    pytest.param(UNREAD, id="never attempted"),
    pytest.param(read(), id="running"),
    pytest.param(read(OVER), id="its end is confirmed"),
    pytest.param(
        failed(read(DONE, 10, read()), DOWN, at(20), REFRESH, 0), id="ended, and unreadable"
    ),
]


@pytest.mark.parametrize("reading", READINGS)
def test_the_facts_stay_the_same_as_time_goes_on(reading: Reading) -> None:
    assert of(reading, now=at(512)) == of(reading, now=at(1024))


@pytest.mark.parametrize("reading", READINGS)
def test_the_names_in_a_group_differ(reading: Reading) -> None:
    for one in of(reading):
        names = [fact.name for fact in one.facts]
        assert len(names) == len(set(names)) > 0
