import json
import re

import pytest

from exporter import __version__
from exporter.config import WatchedJob
from exporter.errors import ServerError
from exporter.job import Job
from exporter.snapshot import Snapshot
from exporter.web.page import Page, age, moment
from tests.asgi import Answer, ask
from tests.golden import golden_snapshot
from tests.snapshots import (
    NULLS,
    make_account,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
    snapshot_of,
)

MARKUP = "<script>alert('x')</script><img src=\"x\"> & \"'>"


def drawn(snapshot: Snapshot, telemetry_path: str = "/metrics") -> Answer:
    return ask(Page(telemetry_path).response(snapshot), "/")


def rows(html: str) -> list[str]:
    """Return the rows of the table as people see them."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        " ".join(re.sub(r"<[^>]*>", " ", row).split())
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def test_the_page_names_the_program_its_version_and_its_links() -> None:
    html = drawn(golden_snapshot()).text
    assert "<title>Fusebill exporter</title>" in html
    assert f"version {__version__}" in html
    assert re.findall(r'href="([^"]*)"', html) == ["/metrics", "/-/healthy", "/-/ready"]


def test_every_watched_job_has_a_row_that_says_its_state() -> None:
    shown = rows(drawn(golden_snapshot()).text)
    states = ["pending", "running", "succeeded", "partial", "failed", "unknown", "unread"]
    assert len(shown) == 11
    assert [next(word for word in row.split() if word in states) for row in shown] == [
        *states,
        "running",
        *("unread",) * 3,
    ]


def test_a_row_says_who_the_job_is_and_how_far_it_is() -> None:
    watched = WatchedJob(id=2607617, name="q3-price-push")
    view = make_view(watched, make_reading(make_job()))
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == (
        "q3-price-push 2607617 live SubscriptionProductBulkPriceChange running Processing "
        "42 % 7 1 19 2020-06-23 10:50:42 1m ago"
    )


def test_what_the_api_gives_as_null_is_blank() -> None:
    html = drawn(snapshot_of(make_job(**NULLS))).text
    assert rows(html) == [
        "2607617 live SubscriptionProductBulkPriceChange running Processing 1m ago"
    ]
    assert "<progress" not in html


def test_zeros_are_shown() -> None:
    job = make_job(successful=0, failed=0, total=0, percent_complete=0.0, created=0.0)
    (row,) = rows(drawn(snapshot_of(job)).text)
    assert row.endswith("0 % 0 0 0 1970-01-01 00:00:00 1m ago")


def test_a_job_that_was_not_read_yet_says_so() -> None:
    assert rows(drawn(make_snapshot(make_account(make_view(7)))).text) == ["7 live unread not yet"]


def test_a_stale_job_shows_when_it_was_last_read_and_the_error() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=361)
    view = make_view(2607617, reading, stale=True)
    shown = rows(drawn(make_snapshot(make_account(view))).text)
    assert shown == ["2607617 live unread 1m ago the API failed (500)"]


def test_an_account_without_jobs_says_what_to_do() -> None:
    (row,) = rows(drawn(make_snapshot(make_account())).text)
    assert row.startswith("No job is watched.")


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(
            make_snapshot(make_account(make_view(WatchedJob(id=1, name=MARKUP)))), id="a name"
        ),
        pytest.param(
            make_snapshot(make_account(make_view(1, account=MARKUP), name=MARKUP)), id="an account"
        ),
        pytest.param(snapshot_of(make_job(type=MARKUP)), id="a type"),
        pytest.param(snapshot_of(make_job(status=MARKUP)), id="a status"),
        pytest.param(
            make_snapshot(make_account(make_view(1, make_reading(None, ServerError(MARKUP))))),
            id="an error",
        ),
    ],
)
def test_markup_of_other_people_is_text(snapshot: Snapshot) -> None:
    html = drawn(snapshot).text
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in html
    assert "&amp; &#34;&#39;&gt;" in html


def test_markup_in_the_telemetry_path_stays_in_its_attribute() -> None:
    html = drawn(golden_snapshot(), '/m"><script>').text
    assert "<script" not in html
    assert 'href="/m&#34;&gt;&lt;script&gt;"' in html


def test_the_browser_is_to_run_nothing_and_to_style_by_this_page_alone() -> None:
    answer = drawn(golden_snapshot())
    nonce = re.findall(r'<style nonce="([\w-]{16,})">', answer.text)
    assert len(nonce) == 1
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'nonce-{nonce[0]}'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"


def test_each_answer_has_a_nonce_of_its_own() -> None:
    page = Page("/metrics")
    policies = {
        ask(page.response(golden_snapshot()), "/").headers["content-security-policy"]
        for _ in range(3)
    }
    assert len(policies) == 3


def test_the_page_loads_nothing_and_has_no_inline_style() -> None:
    html = drawn(golden_snapshot()).text
    assert not re.search(r"\s(src|style|on\w+)=|<(link|script|iframe)|url\(|@import", html)


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
    assert drawn(snapshot_of(Job.from_api(body.encode(), 7, {}))).status == 200


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(None, "", id="not known"),
        pytest.param(0.0, "1970-01-01 00:00:00", id="the epoch"),
        pytest.param(1_592_909_442.9, "2020-06-23 10:50:42", id="a part of a second"),
    ],
)
def test_a_moment_is_written_in_utc(seconds: float | None, expected: str) -> None:
    assert moment(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(0.0, "0s", id="now"),
        pytest.param(-5.0, "0s", id="in the future, as a clock that was set back makes it"),
        pytest.param(59.6, "1m", id="to the second"),
        pytest.param(90_061.0, "1d1h1m1s", id="more than a day"),
    ],
)
def test_an_age_is_written_as_a_duration(seconds: float, expected: str) -> None:
    assert age(seconds) == expected
