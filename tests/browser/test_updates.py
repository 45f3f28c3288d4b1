import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from exporter.config.status import ConfigView
from exporter.model.state import State
from exporter.web.page.words import age
from tests.browser.conftest import MINUTE, Visit, Visits
from tests.browser.jobs import many, mixed, named
from tests.browser.stage import showing
from tests.e2e.waiting import until
from tests.support.snapshots import CREATED, READ

HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def hide(opened: Visit, *, hidden: bool) -> None:
    """Pretend that the tab was hidden or shown, which a browser without windows cannot do."""
    opened.page.evaluate(HIDE, hidden)


def top(row: Locator) -> float:
    """Return the place of a row in the window once it stays: browsers scroll after layout."""
    places = [math.inf]

    def place() -> float:
        box = row.bounding_box()
        assert box is not None
        places.append(box["y"])
        return abs(places[-1] - places[-2])

    until(place, lambda moved: moved == 0, "the row does not stay where it is")
    return places[-1]


def only_unreachable(complaints: Sequence[str]) -> bool:
    """Tell whether a browser complained of a missing answer and of nothing else."""
    return all(text.startswith("Failed to load resource") for text in complaints)


def test_the_page_keeps_itself_up_to_date(visit: Visits) -> None:
    with showing(named(1, "prices", successful=7)) as exporter:
        opened = visit(exporter)
        exporter.show(named(1, "prices", State.PARTIAL, successful=12_345, percent_complete=99.0))
        opened.update()
        row = opened.page.get_by_role("row", name="prices")
        for text in ("partial", "12,345", "99 %"):
            expect(row).to_contain_text(text)
        expect(opened.page.get_by_role("link", name="partial 1")).to_be_visible()


def test_an_update_is_soon_after_the_start_and_then_every_ten_seconds(visit: Visits) -> None:
    with showing(named(1, "prices")) as exporter:
        opened = visit(exporter)
        assert [asked.prefer for asked in exporter.asked] == [""]
        exporter.show(named(1, "prices"))
        opened.pass_time(1_000)
        opened.wait_until_current()
        opened.pass_time(9_000)
        assert [asked.prefer for asked in exporter.asked] == ["", "wait=1"]
        exporter.show(named(1, "prices"))
        opened.pass_time(1_000)
        opened.wait_until_current()
        assert [asked.path for asked in exporter.asked] == ["/"] * 3


def test_new_jobs_appear_and_those_that_are_gone_go(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.show(*mixed()[1:4], named(20, "new", State.FAILED))
        opened.update()
        opened.expect_names("new", "tax", "seats", "prices")
        exporter.show()
        opened.update()
        expect(opened.page.locator("#rows")).to_contain_text("No job is watched.")
        exporter.show(*mixed())
        opened.update()
        opened.expect_names("plan", "tax", "seats", "prices", "churn")


def test_an_update_keeps_what_was_chosen_and_typed_and_the_focus(visit: Visits) -> None:
    with showing(*mixed(), named(16, "prices-2", total=8)) as exporter:
        opened = visit(exporter)
        opened.page.get_by_role("link", name="Items").click()
        opened.find("prices")
        opened.expect_names("prices-2", "prices")
        find = opened.page.get_by_label("Find")
        find.press("ArrowLeft")
        exporter.show(*mixed(), named(16, "prices-2", total=6), named(18, "prices-3", total=9))
        opened.update()
        opened.expect_names("prices-3", "prices", "prices-2")
        expect(find).to_be_focused()
        expect(find).to_have_value("prices")
        assert opened.run("document.activeElement.selectionStart") == 5
        expect(opened.page.locator("th[aria-sort=descending]")).to_have_text("Items")


def test_an_update_keeps_what_is_being_typed(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?find=pr")
        opened.pass_time(900)
        find = opened.page.get_by_label("Find")
        find.press("End")
        find.press_sequentially("ices")
        exporter.show(*mixed())
        opened.pass_time(100)
        opened.wait_until_current()
        expect(find).to_have_value("prices")


def test_an_update_keeps_the_focus_of_a_link(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        for name in ("Items", "running 1"):
            link = opened.page.get_by_role("link", name=name, exact=True)
            link.focus()
            exporter.show(*reversed(mixed()), named(20, f"new {name}", State.UNKNOWN))
            opened.update()
            expect(link).to_be_focused()


def test_an_update_leaves_what_is_looked_at_where_it_is(visit: Visits) -> None:
    with showing(*many(190)) as exporter:
        opened = visit(exporter)
        row = opened.page.get_by_role("row", name="job-150", exact=False)
        row.scroll_into_view_if_needed()
        before = top(row)
        changed = many(190, total=5_149)
        exporter.show(named(1_000, "new", State.FAILED), *changed)
        opened.update()
        expect(row).to_contain_text("5,149")
        until(lambda: top(row) - before, lambda moved: abs(moved) < 1, "what is looked at moves")
        assert opened.run("scrollY") > 1_000


def test_an_update_keeps_the_text_that_is_selected(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.run(
            "getSelection().selectAllChildren([...document.querySelectorAll('#rows th')][1])"
        )
        exporter.show(named(20, "new", State.FAILED), *mixed()[1:], named(15, "plan"))
        opened.update()
        assert opened.run("getSelection().toString().trim()") == "tax"


def test_an_update_touches_only_what_has_changed(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        opened.run(
            """{ window.changed = [];
            new MutationObserver((all) => window.changed.push(...all.map((one) => one.target)))
              .observe(document.getElementById('rows'),
                       { subtree: true, childList: true, attributes: true, characterData: true }); }
            """
        )
        exporter.show(
            *mixed()[:-1],
            named(11, "churn", State.SUCCEEDED, failed=0, total=301, percent_complete=100.0),
        )
        opened.update()
        texts = opened.run("window.changed.map((node) => node.textContent)")
        assert [text for text in texts if "ago" not in text and not text.endswith(("m", "s"))] == [
            "301"
        ]


def test_an_update_asks_with_what_the_address_has_after_its_question_mark(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter, "?token=7&find=tax#jobs")
        exporter.show(*mixed())
        opened.update()
        assert [asked.path for asked in exporter.asked] == ["/?token=7&find=tax"] * 2


def test_an_update_is_not_announced(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.show(*mixed()[:2])
        opened.update()
        expect(opened.page.locator("#shown")).to_have_text("2 jobs")
        expect(opened.page.get_by_role("status")).to_have_text("")


def test_a_configuration_that_is_refused_meanwhile_is_shown(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        refused = ConfigView(CREATED, READ, ("refresh: unknown key <b>actve</b>",))
        exporter.show(*mixed())
        exporter.snapshot = replace(exporter.snapshot, config=refused)
        opened.update()
        expect(opened.page.get_by_text("refresh: unknown key <b>actve</b>")).to_be_visible()


def test_an_exporter_that_is_gone_is_missed_and_found_again(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        status = opened.page.get_by_role("status")
        trouble = opened.page.locator("#trouble")
        exporter.go()
        opened.pass_time(10_000)
        text = "Not up to date since 2020-06-23 11:01:42 UTC: the exporter cannot be reached."
        expect(trouble).to_have_text(f"{text} It is asked again after 20 s.")
        expect(status).to_have_text(text)
        expect(opened.rows).to_have_count(5)
        exporter.come_back()
        exporter.show(*mixed()[:3])
        opened.pass_time(20_000)
        opened.wait_until_current()
        expect(opened.rows).to_have_count(3)
        expect(trouble).to_be_hidden()
        expect(status).to_have_text("Up to date again")
        assert only_unreachable(opened.complaints)
        opened.complaints.clear()


def test_an_exporter_that_answers_something_else_is_said_to(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.status = 503
        opened.pass_time(10_000)
        expect(opened.page.locator("#trouble")).to_contain_text("the exporter answers 503.")
        assert only_unreachable(opened.complaints)
        opened.complaints.clear()


def test_an_exporter_that_is_gone_is_asked_less_and_less(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.status = 503
        trouble = opened.page.locator("#trouble")
        opened.pass_time(1_000)
        for attempt, seconds in enumerate((20, 40, 60), start=2):
            expect(trouble).to_contain_text(f"It is asked again after {seconds} s.")
            opened.pass_time(seconds * 1_000 - 1)
            assert len(exporter.asked) == attempt
            opened.pass_time(1)
        opened.complaints.clear()


def test_another_version_is_loaded_and_what_was_typed_and_its_focus_are_kept(
    visit: Visits,
) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.become("9.0.0")
        find = opened.page.get_by_label("Find")
        opened.pass_time(900)
        with opened.page.expect_navigation():
            find.press_sequentially("tax")
            opened.pass_time(100)
        expect(opened.page.locator("#exporter")).to_contain_text("9.0.0")
        expect(find).to_be_focused()
        opened.page.keyboard.type("es")
        expect(find).to_have_value("taxes")


def test_two_versions_that_answer_in_turn_are_each_loaded_once(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        trouble = opened.page.locator("#trouble")
        for version in ("1.0.0", "2.0.0"):
            exporter.become(version)
            with opened.page.expect_navigation():
                opened.pass_time(1_000)
        asked = len(exporter.asked)
        exporter.become("1.0.0")
        opened.pass_time(10_000)
        expect(trouble).to_contain_text("version 1.0.0 answers, load the page again to see it.")
        assert len(exporter.asked) == asked + 1
        expect(opened.rows).to_have_count(5)
        exporter.become("2.0.0")
        exporter.show(*mixed()[:3])
        opened.pass_time(20_000)
        opened.wait_until_current()
        expect(trouble).to_be_hidden()


def test_that_an_exporter_is_gone_is_said_once_and_not_at_each_attempt(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.status = 503
        status = opened.page.get_by_role("status")
        opened.pass_time(1_000)
        expect(status).to_contain_text("Not up to date since")
        status.evaluate("status => { status.textContent = 'heard'; }")
        opened.pass_time(20_000)
        expect(opened.page.locator("#trouble")).to_contain_text("after 40 s.")
        expect(status).to_have_text("heard")
        opened.complaints.clear()


def test_a_network_that_comes_back_does_not_ask_twice_at_once(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        exporter.show(*mixed()[:2])
        with exporter.holding():
            opened.pass_time(1_000)
            until(lambda: len(exporter.asked), lambda asked: asked == 2, "nothing was asked")
            opened.run("dispatchEvent(new Event('online'))")
            opened.pass_time(10_000)
        opened.wait_until_current()
        assert len(exporter.asked) == 2


def test_a_tab_that_nobody_sees_asks_nothing_and_catches_up(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        hide(opened, hidden=True)
        opened.pass_time(60 * MINUTE)
        assert len(exporter.asked) == 1
        exporter.show(*mixed()[:2])
        hide(opened, hidden=False)
        opened.pass_time(1)
        opened.wait_until_current()
        assert len(exporter.asked) == 2


def test_updates_can_be_switched_off_and_on(visit: Visits) -> None:
    with showing(*mixed()) as exporter:
        opened = visit(exporter)
        switch = opened.page.get_by_role("checkbox", name="Update every 10 s")
        switch.uncheck()
        opened.pass_time(60 * MINUTE)
        assert len(exporter.asked) == 1
        exporter.show(*mixed()[:2])
        switch.check()
        opened.pass_time(1)
        opened.wait_until_current()


def test_ages_grow_on_a_page_that_is_not_updated(visit: Visits) -> None:
    with showing(named(1, "prices")) as exporter:
        opened = visit(exporter)
        cell = opened.page.locator("td.read")
        expect(cell).to_have_text("1m ago")
        opened.page.get_by_role("checkbox", name="Update every 10 s").uncheck()
        opened.pass_time(2 * 60 * MINUTE)
        expect(cell).to_have_text("2h 1m ago")


@pytest.mark.parametrize("seconds", [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 8_639_999, 8_640_000])
def test_the_script_writes_an_age_as_the_exporter_does(visit: Visits, seconds: int) -> None:
    with showing(named(1, "prices")) as exporter:
        taken = exporter.snapshot.taken_at
        exporter.snapshot = replace(exporter.snapshot, started_at=taken - seconds)
        opened = visit(exporter)
        shown = opened.page.locator("#exporter time")
        expect(shown).to_have_text(age(seconds))
        opened.page.get_by_role("checkbox", name="Update every 10 s").uncheck()
        opened.pass_time(5_000)
        expect(shown).to_have_text(age(seconds + 5))
