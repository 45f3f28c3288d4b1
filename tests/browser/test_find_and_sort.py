"""The choice of the jobs to see, with the page's script and without it."""

import pytest
from playwright.sync_api import expect

from exporter.model.state import State
from tests.browser.conftest import SETTLED, Visits
from tests.browser.jobs import many, mixed, named
from tests.browser.stage import showing

ORDER = ["plan", "tax", "seats", "prices", "churn"]
NO_SCRIPT = {"java_script_enabled": False}
BOTH = pytest.mark.parametrize("options", [{}, NO_SCRIPT], ids=["with script", "no script"])


@BOTH
def test_a_chip_shows_the_jobs_of_its_kind_and_all_shows_all(
    visit: Visits, options: dict[str, bool]
) -> None:
    with showing(*mixed(), named(16, "other", State.FAILED)) as exporter:
        opened = visit(exporter, **options)
        opened.choose("failed 2")
        opened.expect_names("plan", "other")
        chosen = opened.page.locator("#kinds [aria-current]")
        expect(chosen).to_have_text("failed 2")
        opened.choose("all 6")
        opened.expect_names("plan", "other", *ORDER[1:])


@BOTH
def test_a_column_sorts_and_turns_round(visit: Visits, options: dict[str, bool]) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **options)
        header = opened.page.get_by_role("columnheader", name="Items", exact=True)
        header.get_by_role("link").click()
        opened.expect_names("tax", "churn", "seats", "plan", "prices")
        expect(header).to_have_attribute("aria-sort", "descending")
        header.get_by_role("link").click()
        opened.expect_names("prices", "plan", "seats", "churn", "tax")
        expect(header).to_have_attribute("aria-sort", "ascending")
        expect(opened.page.locator("th[aria-sort]")).to_have_count(1)


@BOTH
def test_many_jobs_are_on_pages(visit: Visits, options: dict[str, bool]) -> None:
    with showing(*many(450)) as exporter:
        opened = visit(exporter, **options)
        expect(opened.rows).to_have_count(200)
        expect(opened.page.locator("#shown")).to_have_text("450 jobs, 1 to 200 shown")
        opened.page.get_by_role("link", name="Last").click()
        expect(opened.page.get_by_text("Page 3 of 3")).to_be_visible()
        expect(opened.rows).to_have_count(50)
        opened.page.get_by_role("link", name="Previous").click()
        expect(opened.page.locator("#shown")).to_have_text("450 jobs, 201 to 400 shown")
        expect(opened.page.get_by_role("region", name="Jobs")).to_be_in_viewport()


def test_without_javascript_a_search_is_a_form_that_keeps_what_was_chosen(visit: Visits) -> None:
    jobs = [*mixed(), named(16, "other", State.FAILED), named(17, "others", State.FAILED)]
    with showing(*jobs) as exporter:
        opened = visit(exporter, **NO_SCRIPT)
        opened.choose("failed 3")
        opened.page.get_by_role("link", name="Id").click()
        opened.page.get_by_label("Find").fill("other")
        opened.page.get_by_role("button", name="Find").click()
        opened.expect_names("other", "others")
        expect(opened.page.get_by_label("Find")).to_have_value("other")
        expect(opened.page.locator("#kinds [aria-current]")).to_have_text("failed 3")
        expect(opened.page.locator("th[aria-sort=ascending]")).to_have_text("Id")


def test_without_javascript_nothing_is_shown_that_needs_it(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, **NO_SCRIPT)
        expect(opened.page.get_by_role("checkbox")).to_have_count(0)


def test_a_job_is_found_by_typing(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.find("bulk PARTIAL")
        opened.expect_names("tax")
        expect(opened.page.locator("#shown")).to_have_text("1 of 5 jobs")
        expect(opened.page.get_by_role("button", name="Find")).to_be_hidden()


def test_what_was_found_is_said_once_when_no_more_is_typed(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        status = opened.page.get_by_role("status")
        opened.page.get_by_label("Find").press_sequentially("tax")
        opened.pass_time(SETTLED - 1)
        expect(status).to_have_text("")
        opened.pass_time(1)
        expect(status).to_have_text("1 of 5 jobs")
        assert [asked.path for asked in exporter.asked] == ["/", "/?find=tax"]


def test_escape_shows_all_jobs_again(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.find("tax")
        opened.expect_names("tax")
        find = opened.page.get_by_label("Find")
        find.press("Escape")
        opened.expect_names(*ORDER)
        expect(find).to_have_value("")
        expect(find).to_be_focused()


@BOTH
def test_where_nothing_matches_the_page_says_so_and_offers_all(
    visit: Visits, options: dict[str, bool]
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?find=no+such+job", **options)
        expect(opened.page.get_by_text("No job matches.")).to_be_visible()
        opened.page.get_by_role("link", name="Show all jobs").click()
        opened.expect_names(*ORDER)
        expect(opened.page.get_by_label("Find")).to_have_value("")


def test_a_choice_is_shown_at_once_also_while_an_update_is_under_way(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        with exporter.holding():
            opened.pass_time(1_000)
            opened.choose("failed 1")
        opened.expect_names("plan")
        opened.pass_time(5_000)
        opened.expect_names("plan")


def test_the_way_back_leads_to_what_was_chosen_before(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        find = opened.page.get_by_label("Find")
        opened.choose("failed 1")
        opened.expect_names("plan")
        opened.find("noth")
        opened.find("nothing")
        expect(opened.page.get_by_text("No job matches.")).to_be_visible()
        opened.page.go_back()
        opened.expect_names("plan")
        expect(find).to_have_value("")
        opened.page.go_back()
        opened.expect_names(*ORDER)
        opened.page.go_forward()
        opened.page.go_forward()
        expect(find).to_have_value("nothing")


def test_what_is_typed_and_chosen_while_an_answer_is_under_way_is_kept(visit: Visits) -> None:
    with showing(*mixed(), named(16, "planet", State.RUNNING)) as exporter:
        opened = visit(exporter)
        find = opened.page.get_by_label("Find")
        with exporter.holding():
            opened.choose("failed 1")
            find.fill("plan")
        expect(opened.page.locator("#kinds [aria-current]")).to_have_text("failed 1")
        expect(find).to_have_value("plan")
        opened.pass_time(SETTLED)
        opened.expect_names("plan")
        assert opened.page.url.endswith("?state=failed&find=plan")


def test_links_that_are_followed_before_an_answer_comes_all_count(visit: Visits) -> None:
    with showing(*mixed(), named(16, "other", State.FAILED)) as exporter:
        opened = visit(exporter, "?token=7")
        with exporter.holding():
            opened.choose("failed 2")
            opened.page.get_by_role("link", name="Id").click()
        opened.expect_names("plan", "other")
        assert opened.page.url.endswith("?token=7&state=failed&sort=id")


def test_a_link_takes_along_what_was_just_typed(visit: Visits) -> None:
    with showing(*mixed(), named(16, "other", State.FAILED)) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill("oth")
        opened.choose("failed 2")
        opened.expect_names("other")
        expect(opened.page.get_by_label("Find")).to_have_value("oth")


def test_opening_a_row_takes_along_what_was_just_typed(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill("tax")
        opened.page.get_by_role("button", name="tax").click()
        opened.expect_names("tax")
        expect(opened.page.locator(".details")).to_be_visible()


def test_the_field_follows_the_address_once_the_exporter_answers_again(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.find("tax")
        opened.expect_names("tax")
        exporter.status = 503
        opened.page.go_back()
        expect(opened.page.locator("#trouble")).to_be_visible()
        exporter.status = 200
        opened.pass_time(20_000)
        opened.expect_names(*ORDER)
        expect(opened.page.get_by_label("Find")).to_have_value("")
        opened.complaints.clear()


def test_typing_what_is_found_already_changes_nothing(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?find=tax&open=14/live")
        opened.find("tax ")
        opened.page.get_by_label("Find").press("Enter")
        expect(opened.page.locator(".details")).to_be_visible()
        assert len(exporter.asked) == 1
        assert opened.page.url.endswith("?find=tax&open=14/live")


def test_pages_are_turned_by_the_keyboard(visit: Visits) -> None:
    with showing(*many(650)) as exporter:
        opened = visit(exporter)
        following = opened.page.get_by_role("link", name="Next")
        for page in (2, 3):
            following.press("Enter")
            expect(opened.page.get_by_text(f"Page {page} of 4")).to_be_visible()
            expect(opened.page.get_by_role("region", name="Jobs")).to_be_focused()


def test_a_reload_keeps_what_was_chosen(visit: Visits) -> None:
    with showing(*mixed(), named(16, "other", State.FAILED)) as exporter:
        opened = visit(exporter)
        opened.find("bulk l")
        opened.choose("failed 2")
        for _ in range(2):
            opened.page.get_by_role("link", name="Id").click()
        expect(opened.page.locator("th[aria-sort=descending]")).to_have_text("Id")
        opened.page.reload()
        opened.expect_names("other", "plan")
        expect(opened.page.get_by_label("Find")).to_have_value("bulk l")
        expect(opened.page.locator("#kinds [aria-current]")).to_have_text("failed 2")
        expect(opened.page.locator("th[aria-sort=descending]")).to_have_text("Id")


def test_a_link_that_is_to_open_elsewhere_does(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        with opened.page.context.expect_page() as elsewhere:
            opened.page.get_by_role("link", name="failed 1", exact=True).click(
                modifiers=["Control"]
            )
        expect(elsewhere.value.locator("#rows th")).to_have_text(["plan"])
        opened.expect_names(*ORDER)


def test_the_way_to_the_jobs_does_not_forget_what_is_to_be_found(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?find=tax")
        opened.page.keyboard.press("Tab")
        expect(opened.page.get_by_role("link", name="To the jobs")).to_be_focused()
        opened.page.keyboard.press("Enter")
        expect(opened.page.get_by_role("region", name="Jobs")).to_be_focused()
        opened.expect_names("tax")
