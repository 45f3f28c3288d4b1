"""How the page looks and sounds, in both themes, on a large screen and on a phone."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from exporter.config.sections import WatchedJob
from exporter.config.status import ConfigView, JobFileView, WebConfigView
from exporter.jobs.snapshot import JobView, Snapshot
from exporter.model.failures import ServerError
from exporter.model.instant import Instant
from exporter.model.state import State
from exporter.quota.block import Cause
from exporter.quota.window import WindowView
from tests.browser.conftest import Visit, Visits
from tests.browser.jobs import many, mixed, named
from tests.browser.stage import showing, showing_all
from tests.golden import golden_snapshot
from tests.support.snapshots import (
    CREATED,
    READ,
    make_account,
    make_blocked,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
)

LARGE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 640}}
SIZES = pytest.mark.parametrize("size", [LARGE, PHONE], ids=["large", "phone"])

TEXTS = (
    "<script>alert('x')</script><img src=x onerror=alert(1)>\"' onmouseover=\"alert(2)",
    "</script></style></table><svg onload=alert(1)>",
    "W" * 10_000,
    "\u202eright to left\u2066 \u200b\u200d\ufeff\u0000",
    "\u05e9\u05dc\u05d5\u05dd " * 500,
    "\N{PARTY POPPER}" * 500,
    "{{ 7 * 7 }} ${alert(1)}",
)
"""Texts that try to run, to break out or to break the layout."""


def troubled() -> Snapshot:
    """Return a snapshot with everything that the page can say."""
    config = ConfigView(CREATED, READ, ("refresh: unknown key",), (JobFileView("a", "not YAML"),))
    web_config = WebConfigView(("web.yml: expected YAML",))
    snapshot = replace(golden_snapshot(), config=config, web_config=web_config)
    stopped = [make_blocked(cause, READ + 9_000, trouble="refused (401)") for cause in Cause]
    unread = make_blocked(Cause.SHARE, READ + 9_000, *unread_for_long(), name="late")
    return replace(snapshot, accounts=(*snapshot.accounts, *stopped, unread))


def unread_for_long() -> list[JobView]:
    """Return two jobs that were read half an hour ago: one had moved by then, one had not."""
    read_at = Instant(1000.0 - 1_800, READ - 1_800)
    moving, standing = (
        replace(make_reading(make_job()), read_at=read_at, progressed_at=read_at.unix - seconds)
        for seconds in (60, 3_000)
    )
    return [make_view(20, moving), make_view(21, standing)]


def hostile() -> Snapshot:
    """Return a snapshot with each of the texts wherever a text of other people can stand."""
    accounts = []
    for job_id, text in enumerate(TEXTS, start=2**63 - 10):
        job = make_job(type=text, status=text, total=2**53, successful=2**53, failed=2**53)
        view = make_view(
            WatchedJob(id=job_id, name=text),
            make_reading(job, ServerError(text)),
            account=text,
        )
        windows = {
            "minute": WindowView(2**53, 2**52, READ, 2**52),
            "day": WindowView(9, 8, READ, 7),
        }
        account = make_blocked(
            Cause.UNREACHABLE, None, view, name=text, trouble=text, windows=windows
        )
        accounts.append(account)
    files = tuple(JobFileView(text, text) for text in TEXTS)
    config = ConfigView(CREATED, READ, TEXTS, files)
    return replace(make_snapshot(*accounts), config=config, web_config=WebConfigView(TEXTS))


def overflow(opened: Visit) -> int:
    """Return the pixels by which the page is wider than its window."""
    pixels: int = opened.run("document.documentElement.scrollWidth - innerWidth")
    return pixels


@SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_by_a_checker_of_accessibility(
    visit: Visits, size: Mapping[str, Any], scheme: str
) -> None:
    with showing_all(troubled()) as exporter:
        opened = visit(exporter, "?open=9/live", color_scheme=scheme, **size)
        opened.page.clock.resume()  # the checker waits for timers
        found = Axe().run(opened.page)
        assert found.violations_count == 0, found.generate_report()


@SIZES
def test_a_screen_reader_finds_a_table_and_its_parts(
    visit: Visits, size: Mapping[str, Any]
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **size)
        table = opened.page.get_by_role("table", name="The watched jobs.")
        expect(table.get_by_role("columnheader")).to_have_count(11)
        expect(table.get_by_role("rowheader")).to_have_count(5)
        row = table.get_by_role("row", name="tax")
        expect(row.locator("td:visible")).to_have_count(10)
        expect(row.get_by_role("progressbar")).to_have_attribute("value", "1.0")
        for role, name in (
            ("banner", None),
            ("main", None),
            ("navigation", "Links"),
            ("region", "Exporter"),
            ("region", "Accounts"),
            ("region", "Jobs"),
            ("region", "Quota"),
            ("navigation", "Which jobs"),
            ("search", None),
        ):
            expect(opened.page.get_by_role(role, name=name)).to_have_count(1)


@pytest.mark.parametrize(
    ("scheme", "background"),
    [("light", "rgb(255, 255, 255)"), ("dark", "rgb(13, 17, 23)")],
)
def test_the_page_takes_the_theme_of_the_person(
    visit: Visits, scheme: str, background: str
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, color_scheme=scheme)
        expect(opened.page.locator("body")).to_have_css("background-color", background)


@SIZES
@pytest.mark.parametrize(
    "snapshot",
    [troubled(), hostile(), make_snapshot(make_account(*many(1_000)))],
    ids=["troubled", "hostile", "1,000 jobs"],
)
def test_nothing_makes_the_page_scroll_sideways(
    visit: Visits, size: Mapping[str, Any], snapshot: Snapshot
) -> None:
    with showing_all(snapshot) as exporter:
        assert overflow(visit(exporter, **size)) == 0


def test_at_1280_a_job_without_trouble_takes_two_lines_at_most(visit: Visits) -> None:
    old = {"created": READ - 2350 * 86_400.0, "total": 1_000_000, "successful": 999_999}
    views = [
        named(
            2_607_617 + n,
            "q4-price-push-emea-enterprise-wave-3",
            state,
            **old,
            failed=0,
            percent_complete=99.9,
        )
        for n, state in enumerate((State.RUNNING, State.SUCCEEDED))
    ]
    with showing(*views) as exporter:
        opened = visit(exporter, **LARGE)
        for row in opened.rows.all():
            line = row.evaluate("row => parseFloat(getComputedStyle(row).lineHeight)")
            padding = row.evaluate("row => parseFloat(getComputedStyle(row.cells[0]).paddingTop)")
            box = row.bounding_box()
            assert box is not None
            assert box["height"] <= 2 * (line + padding) + 2


def test_an_error_has_the_width_of_its_row(visit: Visits) -> None:
    failure = ServerError("the connection to the API failed: Connection refused", 500)
    with showing(make_view(1, make_reading(make_job(), failure))) as exporter:
        opened = visit(exporter, **LARGE)
        error = opened.page.locator(".trouble")
        box, row = error.bounding_box(), opened.rows.first.bounding_box()
        assert box is not None
        assert row is not None
        assert box["width"] == pytest.approx(row["width"], abs=1)
        assert box["height"] < 35, "one line"


@pytest.mark.parametrize(
    ("size", "order"),
    [
        pytest.param(PHONE, [".troubled", "#jobs", ".well", "#quota", "#exporter"], id="phone"),
        pytest.param(LARGE, [".troubled", ".well", "#quota", "#jobs", "#exporter"], id="large"),
    ],
)
def test_on_a_phone_what_needs_a_person_comes_before_the_details_of_accounts(
    visit: Visits, size: Mapping[str, Any], order: list[str]
) -> None:
    with showing_all(troubled()) as exporter:
        opened = visit(exporter, **size)
        places = {
            part: box["y"] for part in order if (box := opened.page.locator(part).bounding_box())
        }
        assert sorted(places, key=places.__getitem__) == order


def test_on_a_phone_a_job_is_a_card_that_names_its_values(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **PHONE)
        card = opened.page.get_by_role("row", name="tax")
        expect(card).to_have_css("display", "grid")
        label = "getComputedStyle(document.querySelector('td.done'), '::before').content"
        assert opened.run(label) == '"Done"'


@pytest.mark.parametrize("width", [320, 1_089, 1_200, 1_920])
def test_an_id_and_the_name_of_a_column_stand_in_one_line(visit: Visits, width: int) -> None:
    with showing(named(26_076_171, "prices", State.FAILED)) as exporter:
        opened = visit(exporter, viewport={"width": width, "height": 900})
        broken = opened.run(
            """[...document.querySelectorAll('td.id, thead th')].filter((cell) => {
              const range = document.createRange();
              range.selectNodeContents(cell.querySelector('a') ?? cell);
              return range.getClientRects().length > 1;
            }).map((cell) => cell.textContent)"""
        )
        assert broken == []
        assert overflow(opened) <= 0


def test_a_row_is_not_made_endless_by_an_endless_name(visit: Visits) -> None:
    with showing_all(hostile()) as exporter:
        opened = visit(exporter, **LARGE)
        heights = opened.run(
            "[...document.querySelectorAll('#rows tr')].map((row) => row.offsetHeight)"
        )
        assert max(heights) < 300


@SIZES
def test_texts_that_want_to_run_are_text_also_after_an_update(
    visit: Visits, size: Mapping[str, Any]
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **size)
        exporter.snapshot = replace(hostile(), taken_at=READ + 600)
        opened.update()
        exporter.snapshot = replace(hostile(), taken_at=READ + 1200)
        opened.update()
        opened.find("<script>alert('x')")
        expect(opened.rows).to_have_count(1)
        expect(opened.rows.locator("th")).to_have_text(re.compile("^<script>.*…$"))
        assert opened.page.locator("script").count() == 1
        assert opened.page.locator("#rows img, #rows script, #rows svg").count() == 0


def test_what_overrides_the_direction_of_text_ends_with_its_own(visit: Visits) -> None:
    with showing_all(hostile()) as exporter:
        opened = visit(exporter)
        isolates = opened.run(
            "[...document.querySelectorAll('bdi')].map((b) => getComputedStyle(b).unicodeBidi)"
        )
        assert set(isolates) == {"isolate"}


def test_a_person_who_wants_little_motion_sees_none(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, reduced_motion="reduce")
        moving = opened.run(
            """[...document.querySelectorAll('*')].filter((node) => {
              const style = getComputedStyle(node);
              return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
            }).length"""
        )
        assert moving == 0


def test_in_forced_colours_a_bar_is_filled_and_what_was_chosen_is_seen(visit: Visits) -> None:
    with showing_all(troubled()) as exporter:
        opened = visit(exporter, forced_colors="active")
        opened.choose("running 4")
        chosen = opened.page.locator("#kinds [aria-current]", has_text="running")
        expect(chosen).to_have_css("outline-style", "solid")
        bar = opened.rows.first.get_by_role("progressbar")
        filled = bar.screenshot()
        bar.evaluate("bar => { bar.value = 0; }")
        assert bar.screenshot() != filled
        key = opened.page.locator(".key.budget").first
        expect(key).not_to_have_css("background-color", "rgb(255, 255, 255)")
