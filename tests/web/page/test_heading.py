"""The heading of an account, as people read it on the page."""

import re

import pytest

from exporter.jobs.snapshot import AccountView
from exporter.quota.block import Cause
from exporter.web.page.heading import CALM, GOOD, UNKNOWN, WRONG, heading
from exporter.web.page.page import Page
from tests.support.snapshots import READ, make_account, make_blocked, make_snapshot

NOW = READ + 60
KEY_REFUSED = "the API refused the key (401)"


def shown(account: AccountView) -> str:
    """Return the text of the heading, without the account's name and its last answer."""
    html = Page("/metrics").body(make_snapshot(account)).decode()
    part = html.partition('<ul class="accounts')[2].partition("</section>")[0]
    (said,) = re.findall(r"<p>\s*(<span .*?)<small>(?:Last|No) good", part, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", "", said).split())


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(
            make_blocked(Cause.RESERVE, NOW + 18_218),
            "reserve reached for 28m No job is read until 16:05:20 UTC (in 5h 3m): "
            "no more than the reserve of 10 % of the requests is left.",
            id="reserve",
        ),
        pytest.param(
            make_blocked(Cause.RESERVE, NOW + 18_218, reserve=0.125),
            "reserve reached for 28m No job is read until 16:05:20 UTC (in 5h 3m): "
            "no more than the reserve of 12.5 % of the requests is left.",
            id="another reserve",
        ),
        pytest.param(
            make_blocked(Cause.RESERVE, None),
            "reserve reached for 28m No job is read: "
            "no more than the reserve of 10 % of the requests is left.",
            id="reserve, until nobody knows when",
        ),
        pytest.param(
            make_blocked(Cause.SHARE, NOW + 480),
            "share spent for 28m No job is read until 11:09:42 UTC (in 8m): "
            "the share of 25 % of the requests allows no read before.",
            id="share",
        ),
        pytest.param(
            make_blocked(Cause.RATE_LIMITED, NOW + 18),
            "rate limited for 28m No job is read until 11:02:00 UTC (in 18s): "
            "the API refuses further requests (429).",
            id="rate limited",
        ),
        pytest.param(
            make_blocked(Cause.KEY, NOW + 300, trouble=KEY_REFUSED),
            "key refused for 28m No job can be read: the API refused the key (401). "
            "The API is asked again at 11:06:42 UTC (in 5m).",
            id="key",
        ),
        pytest.param(
            make_blocked(Cause.UNREACHABLE, NOW + 5, trouble="Connection refused"),
            "down for 28m No job can be read: Connection refused. "
            "The API is asked again at 11:01:47 UTC (in 5s).",
            id="unreachable",
        ),
        pytest.param(
            make_blocked(Cause.UNREACHABLE, None, trouble="Connection refused"),
            "down for 28m No job can be read: Connection refused. "
            "The next scrape asks the API again.",
            id="unreachable, and to be tried",
        ),
    ],
)
def test_what_stops_the_reads_of_an_account_stands_in_place_of_up(
    account: AccountView, expected: str
) -> None:
    assert shown(account) == expected


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        pytest.param(make_account(up=None), ("not asked yet", UNKNOWN), id="not asked"),
        pytest.param(make_account(up=True), ("up", GOOD), id="up"),
        pytest.param(make_blocked(Cause.RESERVE, NOW), ("reserve reached", WRONG), id="reserve"),
        pytest.param(make_blocked(Cause.SHARE, NOW), ("share spent", CALM), id="share"),
        pytest.param(make_blocked(Cause.RATE_LIMITED, NOW), ("rate limited", WRONG), id="429"),
        pytest.param(make_blocked(Cause.KEY, NOW), ("key refused", WRONG), id="key"),
        pytest.param(make_blocked(Cause.UNREACHABLE, NOW), ("down", WRONG), id="unreachable"),
    ],
)
def test_only_a_share_that_is_spent_is_told_calmly(
    account: AccountView, expected: tuple[str, str]
) -> None:
    said = heading(account)
    assert (said.word, said.tone) == expected


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_words_of_its_own(cause: Cause) -> None:
    said = {other: heading(make_blocked(other, NOW)).word for other in Cause}
    assert [other for other in Cause if said[other] == said[cause]] == [cause]


def test_a_cause_without_a_failure_has_words_of_its_own_for_the_trouble() -> None:
    assert heading(make_blocked(Cause.KEY, NOW)).trouble == "the API refuses the key"
