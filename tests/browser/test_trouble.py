"""What a person sees when reads stop, or when a job needs a person."""

import math
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.state import State
from exporter.quota.block import Cause
from tests.browser.conftest import MINUTE, Visit, Visits
from tests.browser.jobs import mixed, named
from tests.browser.stage import Exporter, showing, showing_all
from tests.support.snapshots import CREATED, READ, make_blocked, make_snapshot

NOW = READ + 60
PHONE = {"viewport": {"width": 360, "height": 640}}
RED, BLUE = "rgb(164, 14, 38)", "rgb(5, 80, 174)"
RESERVE_REACHED = (
    "No job is read until 16:05:20 UTC (in 5h 3m): "
    "no more than the reserve of 10 % of the requests is left."
)


def reserve_reached(*jobs: JobView) -> Snapshot:
    return make_snapshot(make_blocked(Cause.RESERVE, NOW + 18_218, *jobs))


def unread_since(exporter: Exporter, minutes: int) -> None:
    """Let time pass for the exporter without any read."""
    snapshot, seconds = exporter.snapshot, 60 * minutes
    exporter.snapshot = replace(
        snapshot, taken_at=snapshot.taken_at + seconds, monotonic=snapshot.monotonic + seconds
    )


def accounts(opened: Visit) -> Locator:
    return opened.page.get_by_role("region", name="Accounts")


@pytest.mark.parametrize(
    "options", [{}, PHONE, {"java_script_enabled": False}], ids=["large", "phone", "no script"]
)
def test_an_account_says_what_stops_its_reads_and_until_when(
    visit: Visits, options: dict[str, object]
) -> None:
    with showing_all(reserve_reached()) as exporter:
        opened = visit(exporter, **options)
        expect(accounts(opened)).to_contain_text("reserve reached for 28m")
        expect(accounts(opened)).to_contain_text(RESERVE_REACHED)
        expect(accounts(opened).get_by_text("up", exact=True)).to_have_count(0)


def test_the_time_to_the_next_read_grows_shorter_by_itself(visit: Visits) -> None:
    with showing_all(reserve_reached()) as exporter:
        opened = visit(exporter)
        opened.page.get_by_role("checkbox", name="Update every 10 s").uncheck()
        opened.pass_time(60 * MINUTE)
        expect(accounts(opened)).to_contain_text("reserve reached for 1h 28m")
        expect(accounts(opened)).to_contain_text("until 16:05:20 UTC (in 4h 3m)")


def test_an_account_whose_reads_stop_and_go_on_is_shown_so_by_an_update(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        expect(accounts(opened)).to_contain_text("The API answers and accepts the key.")
        refused = make_blocked(Cause.KEY, NOW + 120, name="live", trouble="it said (401)")
        exporter.show_accounts(refused)
        opened.update()
        expect(accounts(opened)).to_contain_text(
            "No job can be read: it said (401). The API is asked again at 11:03:42 UTC (in 1m)."
        )
        exporter.show(*mixed())
        opened.update()
        expect(accounts(opened)).to_contain_text("The API answers and accepts the key.")
        expect(accounts(opened).get_by_text("key refused")).to_have_count(0)


@pytest.mark.parametrize(
    ("cause", "word", "colour"),
    [
        pytest.param(Cause.RESERVE, "reserve reached", RED, id="reserve"),
        pytest.param(Cause.RATE_LIMITED, "rate limited", RED, id="429"),
        pytest.param(Cause.KEY, "key refused", RED, id="key"),
        pytest.param(Cause.UNREACHABLE, "down", RED, id="unreachable"),
        pytest.param(Cause.SHARE, "share spent", BLUE, id="share"),
    ],
)
def test_all_that_stops_reads_is_red_but_for_the_share(
    visit: Visits, cause: Cause, word: str, colour: str
) -> None:
    snapshot = make_snapshot(make_blocked(cause, NOW + 600, name="live"))
    with showing_all(snapshot) as exporter:
        chip = accounts(visit(exporter, color_scheme="light")).get_by_text(word, exact=True)
        expect(chip).to_have_css("color", colour)


def read_later(view: JobView) -> JobView:
    """Return a job that is not due for a long time."""
    return replace(view, reading=replace(view.reading, due_at=math.inf))


def test_a_running_job_that_is_not_read_any_more_is_marked_and_comes_first(visit: Visits) -> None:
    jobs = named(1, "runs"), read_later(named(2, "rests", created=CREATED + 1))
    with showing_all(reserve_reached(*jobs)) as exporter:
        opened = visit(exporter)
        row = opened.page.get_by_role("row", name="runs")
        expect(row).to_contain_text("moved 2m ago")
        opened.expect_names("rests", "runs")
        unread_since(exporter, minutes=27)
        opened.update()
        expect(row).to_contain_text("moved 1m before it was last read")
        expect(row).to_contain_text("not read for long")
        expect(opened.page.get_by_role("link", name="not read for long 1")).to_be_visible()
        opened.expect_names("runs", "rests")


def test_who_needs_a_person_stands_first_and_is_coloured(visit: Visits) -> None:
    waits = named(5, "waits", State.PENDING, created=CREATED - 100_000)
    jobs = [named(1, "runs"), named(2, "starts", State.PENDING), waits]
    with showing(*jobs, named(4, "odd", State.UNKNOWN)) as exporter:
        opened = visit(exporter)
        opened.expect_names("waits", "odd", "runs", "starts")
        expect(opened.page.get_by_role("row", name="waits")).to_contain_text("not started yet")
        marked = opened.page.locator("#rows .state.warn")
        expect(marked).to_have_text(["pending", "unknown"])
        runs = opened.page.locator("#rows .state.running")
        assert marked.first.evaluate("mark => getComputedStyle(mark).color") != runs.evaluate(
            "mark => getComputedStyle(mark).color"
        )


def test_jobs_that_do_not_start_are_found_by_their_link(visit: Visits) -> None:
    waits = named(5, "waits", State.PENDING, created=CREATED - 100_000)
    with showing(*mixed(), waits) as exporter:
        opened = visit(exporter)
        opened.choose("not started 1")
        opened.expect_names("waits")
