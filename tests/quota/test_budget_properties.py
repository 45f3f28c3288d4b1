"""Properties of a budget whatever the account's headers say."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.api.rate_limit_headers import parse_headers
from exporter.config.sections import Quota
from exporter.model.rate_limit import LIVE
from tests.quota.budget_steps import CONCURRENCY, HEADERS, UNIX, Outcome, Spender


@dataclass(frozen=True)
class Phase:
    """`idle` seconds, then `bursts` bursts of requests, each of which takes `duration` seconds.

    The API counts a request `delay` seconds after its start.
    """

    idle: int
    gap: int
    bursts: int
    wanted: int
    duration: int
    delay: int
    outcomes: Sequence[Outcome]


def counted_in(phases: Sequence[Phase], quota: Quota) -> list[float]:
    """Return when the API counts each request of these phases, in seconds."""
    exporter, counted = Spender(quota), []
    for phase in phases:
        exporter.wait(phase.idle)
        for _ in range(phase.bursts):
            for n in range(phase.wanted):
                if not exporter.starts():
                    break
                started, outcome = exporter.now, phase.outcomes[n % len(phase.outcomes)]
                if outcome.sent:
                    counted.append(started + min(phase.delay, phase.duration))
                exporter.at(started + phase.duration, partial(exporter.ends, started, outcome))
            exporter.wait(phase.gap)
    return sorted(counted)


def most_in(seconds: float, counted: Sequence[float]) -> int:
    """Return the most requests that are counted in any [t, t + seconds)."""
    ends = (bisect_left(counted, moment + seconds) for moment in counted)
    return max((end - i for i, end in enumerate(ends)), default=0)


def assert_within_the_share(counted: Sequence[float], share: float) -> None:
    a_minute, a_day = share * LIVE.minute, share * LIVE.day
    assert most_in(60.0, counted) <= max(1, math.floor(a_minute))
    assert most_in(60.0 / min(1.0, a_minute), counted) <= max(1, math.floor(a_minute))
    assert most_in(86_400.0, counted) <= a_day


VALUES = st.one_of(
    st.sampled_from(("1000", "180000", "50", "5000", "10", "500", "0", "1", "999999999999", "")),
    st.sampled_from(("-1", "many", "1000, 1000", "1e9", str(int(UNIX) + 60), f"{UNIX:.0f}000")),
    st.integers(0, 200_000).map(str),
    st.integers(0, 100_000).map(lambda seconds: str(int(UNIX) + seconds)),
    st.text(max_size=5),
)
GENEROUS = dict(zip(HEADERS, ("1000", "1000", "", "180000", "180000", ""), strict=True))
SAID = st.one_of(
    st.just(GENEROUS),
    st.fixed_dictionaries({}, optional=dict.fromkeys([*HEADERS, "Retry-After"], VALUES)),
    st.fixed_dictionaries(dict.fromkeys(HEADERS, VALUES)).map(lambda said: {**GENEROUS, **said}),
)
STATUSES = st.sampled_from((200, 200, 404, 500, 429))
OUTCOMES = st.one_of(
    st.just(Outcome(parse_headers(GENEROUS), 200)),
    st.builds(Outcome, SAID.map(parse_headers), STATUSES),
    st.just(Outcome()),
    st.just(Outcome(sent=False)),
)
PHASES = st.builds(
    Phase,
    idle=st.one_of(st.just(0), st.integers(0, 120), st.integers(0, 2 * 86_400)),
    gap=st.one_of(st.integers(0, 5), st.integers(0, 120), st.integers(0, 3600)),
    bursts=st.integers(1, 40),
    wanted=st.integers(1, CONCURRENCY),
    duration=st.one_of(st.integers(0, 2), st.integers(0, 300)),
    delay=st.integers(0, 300),
    outcomes=st.lists(OUTCOMES, min_size=1, max_size=4),
)
QUOTAS = st.builds(Quota, share=st.sampled_from((1.0, 0.25, 0.004, 0.001, 0.0001)))


@given(st.lists(PHASES, max_size=6), QUOTAS)
def test_whatever_the_headers_say_no_more_than_the_share_of_a_live_account_is_spent(
    phases: list[Phase], quota: Quota
) -> None:
    assert_within_the_share(counted_in(phases, quota), quota.share)


@pytest.mark.parametrize("share", [0.25, 0.004, 0.001])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([GENEROUS], id="an account that is always full"),
        pytest.param([dict.fromkeys(HEADERS, "999999999")], id="limits that are far too high"),
        pytest.param(
            [GENEROUS | dict.fromkeys(HEADERS[1::3], "99999999")], id="more than the limit"
        ),
        pytest.param([GENEROUS, dict.fromkeys(HEADERS, "50")], id="limits that go up and down"),
        pytest.param([GENEROUS, {}], id="headers that come and go"),
    ],
)
def test_an_exporter_that_spends_all_it_may_for_hours_gets_no_more_than_the_share(
    headers: list[dict[str, str]], share: float
) -> None:
    outcomes = [Outcome(parse_headers(said), 200) for said in headers]
    quick = Phase(0, 1, 120, CONCURRENCY, 0, 0, outcomes)
    slow = Phase(0, 300, 400, CONCURRENCY, 300, 300, outcomes)
    steady = Phase(0, 60, 1440, 2, 0, 0, outcomes)
    assert_within_the_share(counted_in([quick, slow, steady, steady], Quota(share=share)), share)
