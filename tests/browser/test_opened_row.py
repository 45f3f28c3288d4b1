"""A row that opens to all that is known of its job."""

import pytest
from playwright.sync_api import expect

from exporter.config.sections import WatchedJob
from exporter.model.failures import ServerError
from tests.browser.conftest import Visits
from tests.browser.jobs import many, mixed, named
from tests.browser.stage import showing
from tests.support.snapshots import make_job, make_reading, make_view

OPTIONS = pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="with script"),
        pytest.param({"java_script_enabled": False}, id="no script"),
        pytest.param({"viewport": {"width": 360, "height": 640}}, id="phone"),
    ],
)


@OPTIONS
def test_a_row_opens_and_closes(visit: Visits, options: dict[str, object]) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **options)
        row = opened.page.get_by_role("row", name="seats")
        button = row.get_by_role("button", name="seats")
        expect(button).to_have_attribute("aria-expanded", "false")
        button.click()
        expect(row).to_contain_text("Next read")
        expect(row).to_contain_text("Created 2020-06-23 10:50:42 UTC")
        expect(button).to_have_attribute("aria-expanded", "true")
        assert opened.run("document.documentElement.scrollWidth - innerWidth") == 0
        button.click()
        expect(row).not_to_contain_text("Next read")


def test_a_row_opens_by_the_keyboard_and_keeps_the_focus(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        button = opened.page.get_by_role("button", name="seats")
        button.press("Enter")
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(button).to_be_focused()


def test_one_row_is_open_at_a_time_and_the_choice_stays(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?state=failed")
        opened.page.get_by_role("button", name="plan").click()
        expect(opened.page.locator(".details")).to_have_count(1)
        opened.expect_names("plan")
        opened.choose("all 5")
        for name in ("plan", "tax"):
            opened.page.get_by_role("button", name=name).click()
            expect(opened.page.locator("tr:has(.details) th")).to_have_text(name)


@OPTIONS
def test_a_row_opens_where_it_stands_and_the_choice_stays(
    visit: Visits, options: dict[str, object]
) -> None:
    with showing(*many(450)) as exporter:
        opened = visit(exporter, "?sort=id&page=2&find=job", **options)
        row = opened.page.get_by_role("row", name="job-350", exact=False)
        row.get_by_role("button").click()
        expect(row.locator(".details")).to_be_in_viewport()
        row.get_by_role("button").click()
        expect(row.locator(".details")).to_have_count(0)
        expect(opened.page.locator("#shown")).to_have_text("450 jobs, 201 to 400 shown")


def test_a_job_that_is_not_watched_is_said_not_to_be(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?open=4711/live")
        expect(opened.page.get_by_text("Job 4711/live is not watched.")).to_be_visible()


def test_the_focus_stays_when_the_opened_job_is_watched_no_more(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?open=13/live")
        button = opened.page.get_by_role("button", name="tax")
        button.focus()
        exporter.show(*mixed()[:2])
        opened.update()
        expect(opened.page.get_by_text("Job 13/live is not watched.")).to_be_visible()
        expect(button).to_be_focused()


def test_what_is_selected_in_an_opened_row_stays_when_its_job_begins_to_fail(
    visit: Visits,
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?open=13/live")
        opened.run("getSelection().selectAllChildren(document.querySelector('.details h3'))")
        before = opened.run("getSelection().toString()")
        reading = make_reading(make_job(id=13), ServerError("down (500)", 500))
        exporter.show(*mixed()[:2], make_view(WatchedJob(id=13, name="seats"), reading))
        opened.update()
        expect(opened.page.locator(".trouble .bad")).to_contain_text("down (500)")
        assert opened.run("getSelection().toString()") == before


def test_an_update_keeps_a_row_open_and_renews_it(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?open=13/live")
        items = opened.page.locator(".details dt", has_text="Items").locator("+ dd")
        expect(items).to_contain_text("95")
        exporter.show(*mixed()[:2], named(13, "seats", total=96))
        opened.update()
        expect(items).to_contain_text("96")


def test_a_link_to_a_job_shows_it_open_wherever_its_place_is(visit: Visits) -> None:
    with showing(*many(450)) as exporter:
        opened = visit(exporter, "?open=7/live")
        expect(opened.page.locator("tr:has(.details) th")).to_have_text("job-7")
        expect(opened.rows).to_have_count(200)
