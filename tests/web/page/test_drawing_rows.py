"""What the rows of the page say, closed and opened."""

import json
import re
from dataclasses import replace

import pytest

from exporter.config.sections import WatchedJob
from exporter.jobs.end_confirmation import End
from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.failures import ServerError
from exporter.model.job import Job
from exporter.model.state import State
from exporter.web.page.choice import Choice
from exporter.web.page.page import Page
from tests.golden import golden_snapshot
from tests.support.snapshots import (
    CREATED,
    NULLS,
    READ,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
    snapshot_of,
)
from tests.web.page.shown import drawn, rows, words
from tests.web.reading import Reader

WORDS = ("unreadable", "unread", *State)
ROWS = ["failed", "partial", *["unreadable"] * 3, "unknown", "running", "unread", "unread"]


def test_every_watched_job_has_a_row_and_those_that_need_a_person_come_first() -> None:
    shown = rows(drawn(golden_snapshot()).text)
    states = [next(word for word in WORDS if f" {word}" in row) for row in shown]
    assert states == [*ROWS, "pending", "succeeded"]


def test_of_jobs_that_are_alike_the_latest_comes_first() -> None:
    views = [make_view(n, make_reading(make_job(id=n, created=CREATED + n))) for n in (1, 3, 2)]
    shown = rows(drawn(make_snapshot(make_account(*views))).text)
    assert [row.split()[0] for row in shown] == ["3", "2", "1"]


def test_a_row_says_who_the_job_is_and_how_far_it_is() -> None:
    watched = WatchedJob(id=2607617, name="q3-price-push")
    view = make_view(watched, make_reading(make_job()))
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == (
        "q3-price-push 2607617 live SubscriptionProductBulkPriceChange running Processing "
        "42 % 7 1 19 created 11m ago moved 2m ago 1m ago"
    )


def test_what_the_api_gives_as_null_is_blank() -> None:
    html = drawn(snapshot_of(make_job(type="T", **NULLS))).text
    assert rows(html) == ["2607617 2607617 live T running Processing moved 2m ago 1m ago"]
    assert "<progress" not in html


def test_zeros_are_shown() -> None:
    job = make_job(successful=0, failed=0, total=0, percent_complete=0.0, created=0.0)
    (row,) = rows(drawn(snapshot_of(job)).text)
    assert "0 % 0 0 0 created 18436d ago" in row


def test_a_job_that_was_not_read_yet_says_so() -> None:
    shown = rows(drawn(make_snapshot(make_account(make_view(7)))).text)
    assert shown == ["7 7 live unread never"]


def test_a_job_that_never_could_be_read_says_why() -> None:
    view = make_view(7, make_reading(None, ServerError("the API failed (500)", 500)))
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == "7 7 live unreadable never unreadable for 1m : the API failed (500)"


def test_the_words_of_an_error_are_apart_from_those_of_the_page() -> None:
    view = make_view(7, make_reading(None, ServerError("\u202eDOWN"), errors=361))
    html = drawn(make_snapshot(make_account(view))).text
    assert "<bdi>\u202eDOWN</bdi>" in html


def test_values_that_are_too_old_are_withheld_and_say_so() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=361)
    view = make_view(2607617, reading, stale=True)
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == (
        "2607617 2607617 live unreadable 1m ago "
        "unreadable for 1m : the API failed (500) values too old"
    )


def test_a_running_job_that_stands_still_says_for_how_long() -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ - 7200)
    (row,) = rows(drawn(make_snapshot(make_account(make_view(1, reading)))).text)
    assert "stalled for 2h 1m" in row
    assert "moved" not in row


def after(seconds: float, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot as it is some seconds later, without a read since."""
    taken_at, monotonic = snapshot.taken_at + seconds, snapshot.monotonic + seconds
    return replace(snapshot, taken_at=taken_at, monotonic=monotonic)


@pytest.mark.parametrize(
    ("still", "moved"),
    [
        pytest.param(0.0, "moved until it was last read 28m ago not read for long", id="moves"),
        pytest.param(
            180.0,
            "moved 3m before it was last read 28m ago not read for long",
            id="moved a while before",
        ),
        pytest.param(
            2_460.0,
            "28m ago not read for long stalled for 41m when it was last read",
            id="stood still",
        ),
    ],
)
def test_a_running_job_that_is_not_read_says_so_and_how_it_was_when_it_was(
    still: float, moved: str
) -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ - still)
    snapshot = make_snapshot(make_account(make_view(1, reading)))
    (row,) = rows(drawn(after(27 * 60, snapshot)).text)
    assert row.endswith(f"created 38m ago {moved}")


def test_a_job_that_does_not_start_says_so() -> None:
    job = make_job(state=State.PENDING, status="NotStarted", created=READ - 90_000)
    (row,) = rows(drawn(snapshot_of(job)).text)
    assert "created 1d 1h ago 1m ago not started yet" in row


def test_values_that_are_withheld_early_still_say_when_they_were_read() -> None:
    view = make_view(1, make_reading(make_job()), stale=True)
    (row,) = rows(drawn(after(27 * 60, make_snapshot(make_account(view)))).text)
    assert row.endswith("values too old 28m ago values too old not read for long")


def test_ages_grow_while_the_values_stay() -> None:
    page, snapshot = Page("/metrics"), snapshot_of(make_job())
    later = replace(snapshot, taken_at=snapshot.taken_at + 600)
    first, second = (page.body(one).decode() for one in (snapshot, later))
    assert rows(first)[0].endswith("created 11m ago moved 2m ago 1m ago")
    assert rows(second)[0].endswith("created 21m ago moved 12m ago 11m ago")


def test_a_watch_without_jobs_says_what_to_do() -> None:
    (row,) = rows(drawn(make_snapshot(make_account())).text)
    assert row.startswith("No job is watched.")


def test_the_jobs_are_counted_by_what_they_are() -> None:
    summary = words(
        re.findall(r'<nav id="kinds".*?</nav>', drawn(golden_snapshot()).text, re.DOTALL)[0]
    )
    assert summary == (
        "all 11 failed 1 partial 1 unreadable 3 values too old 1 unknown 1 running 2 unread 4 "
        "pending 1 succeeded 1"
    )


@pytest.mark.parametrize(("confirmed", "said"), [(False, True), (True, False)])
def test_an_end_that_may_still_be_corrected_says_so(confirmed: bool, said: bool) -> None:
    job = make_job(state=State.SUCCEEDED, finished=True, completed=READ - 60)
    reading = replace(make_reading(job), end=End(confirmed=confirmed))
    (row,) = rows(drawn(make_snapshot(make_account(make_view(job.id, reading)))).text)
    assert ("not confirmed yet" in row) is said


def opened(view: JobView, **changes: object) -> str:
    """Return the text of the row of a job that is opened."""
    account = make_account(view, **changes)
    choice = Choice(opened=f"{view.watched.id}/{view.account}")
    (row,) = rows(drawn(make_snapshot(account), choice=choice).text)
    return row


def test_a_row_opens_to_each_value_with_its_age_and_to_its_next_read() -> None:
    row = opened(make_view(WatchedJob(id=1, labels={"team": "a"}), make_reading(make_job())))
    assert (
        "Next read at the next scrape: it waits for its turn: 1 job is due, and the share of 25"
        in row
    )
    for text in (
        "due since 2020-06-23 11:00:52 UTC ( 50s ago).",
        "Why the status word is unknown, but there is progress 1m old",
        "Progress 42 % 1m old Done 7 1m old",
        "Created 2020-06-23 10:50:42 UTC ( 11m ago) 1m old",
        "Last good read 2020-06-23 11:00:42 UTC ( 1m ago)",
        "Label team a",
    ):
        assert text in row


def test_an_opened_row_says_what_is_wrong_since_when_and_what_to_do() -> None:
    reading = replace(make_reading(make_job(), ServerError("no (500)", 500)), due_at=9_000.0)
    view = make_view(1, reading)
    row = opened(view)
    assert "Next read at the first scrape after 2020-06-23 13:14:02 UTC (in 2h 12m ): after" in row
    assert "What to do unreadable State" in row
    assert "Failing since 2020-06-23 11:00:42 UTC ( 1m ago)" in row
    html = drawn(
        make_snapshot(make_account(view)), choice=Choice(opened="1/live"), version="7.1.0"
    ).text
    links = [link["href"] for link in Reader(html).all("a")]
    docs = "https://github.com/fusebill-exporter/fusebill-exporter/blob/v7.1.0/docs"
    assert f"{docs}/alerts.md#fusebillservicejobunread" in links


def test_only_the_opened_row_shows_what_is_known_besides() -> None:
    snapshot = golden_snapshot()
    assert "Next read" not in drawn(snapshot).text
    html = drawn(snapshot, choice=Choice(opened="2/live")).text
    assert html.count("Next read") == 1
    buttons = [one for one in Reader(html).all("button") if one.get("name") == "open"]
    assert [one["aria-expanded"] for one in buttons if one["value"] == ""] == ["true"]


@pytest.mark.parametrize(
    "created",
    [
        pytest.param("9999-12-31T23:59:59", id="the last second that there is"),
        pytest.param("9999-12-31T23:59:59.9999999", id="the greatest date of .NET"),
        pytest.param("9999-12-31T23:59:59-01:00", id="a date in the year 10000, by its offset"),
        pytest.param("0002-01-01T00:00:00", id="a date in the second year"),
    ],
)
def test_an_absurd_date_of_the_api_does_not_break_the_page(created: str) -> None:
    body = json.dumps({"id": 7, "status": "Processing", "createdTimestamp": created})
    answer = drawn(snapshot_of(Job.from_api(body.encode(), 7, {}, READ)))
    assert answer.status == 200
    assert len(rows(answer.text)) == 1


@pytest.mark.parametrize("state", State)
def test_every_state_is_said_in_words(state: State) -> None:
    (row,) = rows(drawn(snapshot_of(make_job(state=state))).text)
    assert f" {state} Processing" in row
