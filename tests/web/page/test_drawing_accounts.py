"""What the page says of each account and of its quota."""

from dataclasses import replace

import pytest

from exporter.jobs.snapshot import AccountView
from exporter.quota.block import Block, Cause
from exporter.quota.window import WindowView
from tests.support.snapshots import (
    READ,
    make_account,
    make_blocked,
    make_snapshot,
)
from tests.web.page.shown import drawn, section
from tests.web.reading import Reader


def of_account(account: AccountView) -> str:
    return section(drawn(make_snapshot(account)).text, "accounts")


def of_quota(account: AccountView) -> str:
    return section(drawn(make_snapshot(account)).text, "quota")


@pytest.mark.parametrize(
    ("up", "expected"),
    [
        pytest.param(
            True, "up The API answers and accepts the key. Last good answer 1m ago.", id="up"
        ),
        pytest.param(
            False,
            "down for 1m No job can be read: &lt;refused&gt; (401) . "
            "The next scrape asks the API again."
            " No good answer yet. What to do",
            id="down",
        ),
        pytest.param(None, "not asked yet", id="not known"),
    ],
)
def test_an_account_says_whether_its_api_can_be_used(up: bool | None, expected: str) -> None:
    block = Block(Cause.UNREACHABLE, READ, None) if up is False else None
    account = make_account(name="eu", up=up, trouble="<refused> (401)", block=block)
    assert of_account(account).endswith(f"Accounts eu {expected}")


def test_an_api_that_was_last_asked_long_ago_says_how_old_its_last_answer_is() -> None:
    account = replace(make_account(name="eu", up=True), answered_at=READ + 60 - 7_200)
    assert of_account(account).endswith("Last good answer 2h 0m ago.")


def test_accounts_that_need_a_person_come_first_and_the_others_as_they_are_configured() -> None:
    accounts = [
        make_account(name="b"),
        make_blocked(Cause.SHARE, READ + 900, name="c"),
        make_blocked(Cause.KEY, READ + 900, name="a"),
        make_account(name="d", key_problem="expected a file"),
    ]
    shown = Reader(drawn(make_snapshot(*accounts)).text).all("li")
    assert [one["data-key"] for one in shown][:4] == ["a", "d", "b", "c"]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param(
            WindowView(1_000, 900, READ + 90, 150),
            "100 spent, 900 of 1,000 left; 150 for the exporter now; "
            "resets at 11:02:12 UTC (in 30s )",
            id="known",
        ),
        pytest.param(
            WindowView(1_000, 900, READ + 59, 150),
            "limit 1,000; what is left comes with the next answer; 150 for the exporter now; "
            "was reset at 11:01:41 UTC",
            id="over",
        ),
        pytest.param(
            WindowView(None, None, None, 250),
            "limit not known, left: not known; 250 for the exporter now; reset not known",
            id="not known",
        ),
        pytest.param(
            WindowView(None, 7, None, 0),
            "limit not known, left: 7; 0 for the exporter now; reset not known",
            id="in part",
        ),
        pytest.param(
            WindowView(None, 998_900, None, 5, in_force=1_000_000),
            "1,100 spent, 998,900 of 1,000,000 left; 5 for the exporter now; reset not known",
            id="a configured limit that the API does not state",
        ),
        pytest.param(
            WindowView(None, None, None, 5, in_force=60),
            "limit 60, left: not known; 5 for the exporter now; reset not known",
            id="a configured limit before the first answer",
        ),
        pytest.param(
            WindowView(1_000, 900, READ + 90, 5, in_force=20),
            "100 spent, 900 of 1,000 left; the exporter goes by a limit of 20; "
            "5 for the exporter now; resets at 11:02:12 UTC (in 30s )",
            id="a configured limit besides the API's",
        ),
        pytest.param(
            WindowView(0, 0, None, 0),
            "limit 0, left: 0; 0 for the exporter now; reset not known",
            id="a limit of nothing",
        ),
    ],
)
def test_a_window_says_what_is_spent_what_is_left_and_when_it_resets(
    window: WindowView, expected: str
) -> None:
    assert of_quota(make_account(windows={"minute": window})).endswith(f"This minute {expected}")


def test_the_quota_of_a_blocked_account_has_nothing_for_the_exporter() -> None:
    windows = {"minute": WindowView(1_000, 900, READ + 90, 150)}
    account = make_blocked(Cause.RESERVE, READ + 900, windows=windows)
    assert "left; 0 for the exporter now" in of_quota(account)


def test_a_bar_shows_what_is_spent_and_next_to_it_what_the_exporter_may_spend() -> None:
    window = WindowView(1_000, 900, READ + 90, 150)
    reader = Reader(drawn(make_snapshot(make_account(windows={"minute": window}))).text)
    spent, budget = reader.all("rect")
    assert (spent["width"], budget["x"], budget["width"]) == ("10.0%", "10.0%", "15.0%")


def test_an_account_says_what_is_wrong_with_its_key_file() -> None:
    words = "The key file cannot be used as it stands"
    bad = of_account(make_account(key_problem="expected a readable file: No such file"))
    assert (
        f"{words}, and the last good key stays in force: expected a readable file: No such file ."
        in bad
    )
    assert words not in of_account(make_account())
