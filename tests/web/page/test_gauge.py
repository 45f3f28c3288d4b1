from typing import Any

import pytest

from exporter.quota.window import WindowView
from exporter.web.page.gauge import Gauge

NOW = 1_592_909_442.0


def gauge(limit: int | None, remaining: int | None, budget: int = 0, **changes: Any) -> Gauge:
    window = WindowView(limit, remaining, None, budget)._replace(**changes)
    return Gauge("minute", window, NOW)


@pytest.mark.parametrize(
    ("shown", "spent", "shares"),
    [
        pytest.param(gauge(1_000, 900, 150), 100, (10.0, 15.0), id="a part of each"),
        pytest.param(gauge(1_000, 0), 1_000, (100.0, 0.0), id="all is spent"),
        pytest.param(gauge(1_000, 100, 250), 900, (90.0, 10.0), id="more budget than is left"),
        pytest.param(gauge(1_000, 1_500, 250), 0, (0.0, 25.0), id="more is left than the limit"),
        pytest.param(gauge(3, 2, 1), 1, (33.33, 33.33), id="thirds"),
        pytest.param(
            gauge(None, 900, 150, in_force=1_000), 100, (10.0, 15.0), id="a configured limit"
        ),
        pytest.param(
            gauge(1_000, 900, 5, in_force=20), 100, (10.0, 0.5), id="what is left is of the API's"
        ),
    ],
)
def test_a_bar_is_never_longer_than_the_limit(
    shown: Gauge, spent: int, shares: tuple[float, float]
) -> None:
    assert shown.known
    assert (shown.spent, (shown.spent_share, shown.budget_share)) == (spent, shares)


def test_a_blocked_account_has_nothing_for_the_exporter() -> None:
    shown = gauge(1_000, 900, 150)._replace(blocked=True)
    assert (shown.budget, shown.budget_share) == (0, 0.0)


@pytest.mark.parametrize(
    "shown",
    [
        gauge(None, None, 250),
        gauge(None, 7),
        gauge(1_000, None),
        gauge(0, 0),
        gauge(1_000, 900, 150, reset=NOW),
    ],
)
def test_there_is_no_bar_of_what_is_not_known(shown: Gauge) -> None:
    assert not shown.known
