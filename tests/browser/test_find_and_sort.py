import pytest
from playwright.sync_api import expect

from exporter.config.sections import WatchedJob
from exporter.model.failures import ServerError
from exporter.model.state import State
from tests.browser.conftest import Visits
from tests.browser.jobs import many, mixed, named
from tests.browser.stage import showing, showing_all
from tests.support.snapshots import make_account, make_reading, make_snapshot, make_view

ORDER = ["plan", "tax", "seats", "prices", "churn"]


def test_without_javascript_the_page_is_a_table_with_nothing_to_press(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, java_script_enabled=False)
        assert opened.names == ORDER
        assert opened.page.locator("button:visible, input:visible").count() == 0
        row = opened.page.get_by_role("row", name="tax")
        expect(row).to_contain_text("1,204")
        expect(row).to_contain_text("ended 6m ago")
        expect(opened.page.get_by_role("group", name="Which jobs")).to_contain_text("partial 1")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("seat", ["seats"], id="a name"),
        pytest.param("13", ["seats"], id="an id"),
        pytest.param("quantity", ["quantities"], id="a type"),
        pytest.param("PARTIAL", ["tax"], id="a state, in capitals"),
        pytest.param("notstarted", ["prices"], id="a word of the API"),
        pytest.param("eu", ["europe"], id="an account"),
        pytest.param("(503)", ["europe"], id="an error"),
        pytest.param("bulk failed", ["plan"], id="two words, in any place"),
        pytest.param("  ", [*ORDER, "europe", "quantities"], id="nothing"),
        pytest.param(".*", [], id="no pattern"),
    ],
)
def test_a_job_is_found_by_typing(visit: Visits, text: str, names: list[str]) -> None:
    quantities = named(16, "quantities", type="BulkQuantityChange")
    reading = make_reading(None, ServerError("the API failed (503)", 503))
    europe = make_view(WatchedJob(id=17, name="europe"), reading, account="eu")
    live = make_account(*mixed(), quantities)
    with showing_all(make_snapshot(live, make_account(europe, name="eu"))) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill(text)
        assert sorted(opened.names) == sorted(names)
        count = f"{len(names)} of 7 jobs" if len(names) < 7 else "7 jobs"
        expect(opened.page.locator("#shown")).to_have_text(count)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("pri\u200bces", "prices", id="no width in a name"),
        pytest.param("prices", "\ufeffpri\u00adces\u200b", id="no width in what is pasted"),
        pytest.param("Pr\u00edces", "prices", id="an accent in a name"),
        pytest.param("prices", "PRI\u0301CES", id="an accent in what is typed"),
        pytest.param("\uff50rices", "prices", id="a wide letter"),
    ],
)
def test_a_job_is_found_whatever_cannot_be_seen_or_typed(
    visit: Visits, name: str, text: str
) -> None:
    with showing(named(1, name), named(2, "other")) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill(text)
        assert opened.names == [name]


def test_what_was_found_is_said_once_when_no_more_is_typed(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        status = opened.page.get_by_role("status")
        opened.page.get_by_label("Find").press_sequentially("tax")
        expect(status).to_have_text("")
        opened.pass_time(400)
        expect(status).to_have_text("1 of 5 jobs")


def test_escape_shows_all_jobs_again(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        find = opened.page.get_by_label("Find")
        find.fill("tax")
        find.press("Escape")
        assert opened.names == ORDER
        expect(find).to_have_value("")
        expect(find).to_be_focused()


def test_where_nothing_matches_the_page_says_so_and_offers_all(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill("no such job")
        expect(opened.page.get_by_text("No job matches.")).to_be_visible()
        opened.page.get_by_role("button", name="Show all jobs").click()
        assert opened.names == ORDER
        expect(opened.page.get_by_text("No job matches.")).to_be_hidden()


def test_jobs_are_shown_by_what_they_are(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.page.get_by_role("radio", name="failed 1", exact=True).check()
        assert opened.names == ["plan"]
        opened.page.get_by_role("radio", name="all 5").check()
        assert opened.names == ORDER


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        pytest.param("Job", "churn plan prices seats tax", "tax seats prices plan churn", id="job"),
        pytest.param("Id", "churn prices seats tax plan", "plan tax seats prices churn", id="id"),
        pytest.param(
            "State", "churn prices seats tax plan", "plan tax seats prices churn", id="st"
        ),
        pytest.param(
            "Failed", "plan tax seats churn prices", "seats churn tax plan prices", id="numbers"
        ),
        pytest.param(
            "Items", "tax churn seats plan prices", "prices plan seats churn tax", id="thousands"
        ),
        pytest.param(
            "Progress", "tax churn plan seats prices", "seats plan tax churn prices", id="percent"
        ),
    ],
)
def test_a_column_sorts_and_what_is_not_known_stays_last(
    visit: Visits, column: str, first: str, second: str
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        header = opened.page.get_by_role("columnheader", name=column, exact=True)
        for expected in (first, second):
            header.get_by_role("button").click()
            assert opened.names == expected.split()
        sorts = opened.page.locator("th[aria-sort]")
        expect(sorts).to_have_count(1)
        expect(sorts).to_have_text(column)


def test_since_is_sorted_by_when_a_job_came_to_its_state_and_not_by_when_it_moved(
    visit: Visits,
) -> None:
    jobs = [named(1, "unknown", created=None), named(2, "later"), named(3, "old", created=1.0)]
    with showing(*jobs) as exporter:
        opened = visit(exporter)
        header = opened.page.get_by_role("button", name="Since")
        header.click()
        assert opened.names == ["old", "later", "unknown"]
        header.click()
        assert opened.names == ["later", "old", "unknown"]


def test_of_equals_the_exporters_order_decides_also_after_sorting_there_and_back(
    visit: Visits,
) -> None:
    jobs = [named(n, name, total=9) for n, name in ((2, "b"), (3, "a"), (1, "c"))]
    with showing(*jobs) as exporter:
        opened = visit(exporter)
        served = opened.names
        for column in ("Id", "Items", "Job", "Items"):
            opened.page.get_by_role("button", name=column, exact=True).click()
        assert opened.names == served


def test_ids_are_told_apart_to_the_last_digit(visit: Visits) -> None:
    ids = [2**63 - 1, 2**63 - 3, 2**63 - 2, 9]
    with showing(*(named(job_id, f"of {job_id}") for job_id in ids)) as exporter:
        opened = visit(exporter)
        opened.page.get_by_role("button", name="Id").click()
        assert opened.names == [f"of {job_id}" for job_id in sorted(ids)]


def test_a_reload_keeps_what_was_chosen(visit: Visits) -> None:
    with showing(*mixed(), named(16, "other", State.FAILED)) as exporter:
        opened = visit(exporter)
        opened.page.get_by_label("Find").fill("bulk price & more #1")
        opened.page.get_by_label("Find").fill("l")
        opened.page.get_by_role("radio", name="failed 2").check()
        opened.page.get_by_role("button", name="Id").click()
        opened.page.get_by_role("button", name="Id").click()
        opened.pass_time(400)
        opened.page.reload()
        assert opened.names == ["other", "plan"]
        expect(opened.page.get_by_label("Find")).to_have_value("l")
        expect(opened.page.get_by_role("radio", name="failed 2")).to_be_checked()
        expect(opened.page.locator("th[aria-sort=descending]")).to_have_text("Id")


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("#find=%3Cimg%20src=x%20onerror=alert(1)%3E", id="markup"),
        pytest.param('#kind="]&sort=x', id="a quote"),
        pytest.param("#kind=nothing&sort=-nothing&find=%", id="what there is not"),
        pytest.param("#jobs", id="the place of the jobs"),
    ],
)
def test_an_address_that_somebody_made_up_breaks_nothing(visit: Visits, address: str) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, address)
        opened.page.get_by_label("Find").fill("")
        assert sorted(opened.names) == sorted(ORDER)


def test_the_way_to_the_jobs_does_not_forget_what_is_to_be_found(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "#find=tax")
        opened.page.keyboard.press("Tab")
        expect(opened.page.get_by_role("link", name="To the jobs")).to_be_focused()
        opened.page.keyboard.press("Enter")
        expect(opened.page.get_by_role("region", name="Jobs")).to_be_focused()
        assert opened.names == ["tax"]


def test_everything_can_be_done_by_keyboard_alone(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.page.get_by_role("region", name="Jobs").focus()
        keyboard = opened.page.keyboard
        for key in ("Tab", "ArrowRight", "ArrowRight"):
            keyboard.press(key)
        assert opened.names == ["tax"]
        keyboard.press("ArrowLeft")
        keyboard.press("ArrowLeft")
        keyboard.press("Tab")
        keyboard.type("1")
        assert len(opened.names) == 5
        for key in ("Tab", "Tab", "Enter"):
            keyboard.press(key)
        expect(opened.page.locator("th[aria-sort]")).to_have_text("Id")
        assert opened.names == ["churn", "prices", "seats", "tax", "plan"]


def test_a_thousand_jobs_are_found_and_sorted(visit: Visits) -> None:
    with showing(*many(1_000)) as exporter:
        opened = visit(exporter)
        expect(opened.page.locator("#shown")).to_have_text("1,000 jobs")
        opened.page.get_by_label("Find").press_sequentially("job-99")
        expect(opened.page.locator("#shown")).to_have_text("11 of 1,000 jobs")
        opened.page.get_by_role("button", name="Id").click()
        assert opened.names == ["job-99", *(f"job-{n}" for n in range(990, 1_000))]
