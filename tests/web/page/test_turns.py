"""The turns of due jobs where the share does not allow to read all at once."""

import pytest

from exporter.model.instant import Instant
from exporter.quota.window import WindowView
from exporter.web.page.turns import Turns, seconds_per_read, turns
from tests.support.snapshots import READ, make_account, make_view

NOW = Instant(1_000.0, READ)


def test_the_jobs_that_are_due_and_the_scarcest_budget_are_counted() -> None:
    windows = {
        "minute": WindowView(10, 10, None, 2, in_force=10),
        "day": WindowView(500, 500, None, 5, in_force=500),
    }
    account = make_account(make_view(1), make_view(2), windows=windows)
    assert turns(account, NOW) == Turns(due=2, budget=2, every=691.2, share=0.25)


def test_before_a_limit_is_known_nobody_knows_how_long_a_turn_takes() -> None:
    windows = {"minute": WindowView(None, None, None, 250)}
    assert seconds_per_read(make_account(windows=windows)) == 0.0


@pytest.mark.parametrize(
    ("due", "every", "words"),
    [
        pytest.param(57, 30.0, "57 jobs are due, and {share} allows a read every 30s", id="slow"),
        pytest.param(1, 1.0, "1 job is due, and {share} allows a read every 1s", id="one job"),
        pytest.param(
            1_000, 0.24, "1,000 jobs are due, and {share} allows 250 reads a minute", id="fast"
        ),
        pytest.param(2, 0.0, "2 jobs are due, and {share} allows few", id="not known"),
    ],
)
def test_the_rate_of_reads_is_said_in_words(due: int, every: float, words: str) -> None:
    share = "the share of 25\N{NO-BREAK SPACE}% of the requests"
    assert Turns(due, 0, every, 0.25).words == words.format(share=share)


@pytest.mark.parametrize(
    ("due", "budget", "every", "said"),
    [
        pytest.param(11, 5, 30.0, True, id="more than five minutes"),
        pytest.param(10, 5, 30.0, False, id="five minutes"),
        pytest.param(11, 11, 30.0, False, id="all may be read now"),
    ],
)
def test_an_account_says_so_only_where_the_turn_of_all_takes_long(
    due: int, budget: int, every: float, said: bool
) -> None:
    assert bool(Turns(due, budget, every, 0.25).notice) is said
