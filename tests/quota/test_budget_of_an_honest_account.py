"""Properties of a budget where the account's headers are true, as the simulator's are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from exporter.api.rate_limit_headers import parse_headers
from exporter.config.sections import Quota
from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE, Limits, ResetFormat, Windows
from tests.quota.budget_steps import CONCURRENCY, HEADERS, UNIX, Outcome, Spender


@dataclass
class Account:
    """An account whose headers are true. Counts the requests that met a 429."""

    limits: Limits
    style: ResetFormat
    windows: Windows = field(default_factory=Windows)
    limited: int = 0

    def left(self, now: float) -> Limits:
        said = self.windows.headers(self.limits, UNIX + now, self.style)
        return Limits(*(int(said[name]) for name in HEADERS[1::3]))

    def over(self, reserve: float, now: float) -> int:
        """Return how many requests may be sent before only the reserve of a window is left."""
        pairs = zip(self.left(now), self.limits, strict=True)
        return min(left - int(reserve * limit) for left, limit in pairs)

    def asked(self, now: float) -> Outcome:
        """Count a request, and return its outcome."""
        full = self.windows.reached(self.limits, UNIX + now) is not None
        self.limited += full
        self.windows.spend(int(not full), int(not full), UNIX + now)
        said = parse_headers(self.windows.headers(self.limits, UNIX + now, self.style))
        return Outcome(said, 429 if full else 200)

    def spend(self, requests: int, now: float) -> None:
        """Count the requests that the customer sends."""
        self.windows.spend(requests, requests, UNIX + now)


@dataclass(frozen=True)
class Burst:
    """A gap, then requests of the customer's, then `wanted` requests of the exporter's.

    Each takes `duration` seconds, and the API counts it after `eighths` eighths of these.
    """

    gap: float
    wanted: int
    duration: int
    eighths: int
    customer: int = 0


GAPS = st.one_of(st.sampled_from((0.0, 0.25, 1.0)), st.integers(0, 90), st.integers(0, 30_000))
WANTED = st.one_of(st.integers(1, 20), st.integers(1, 300))
DURATIONS = st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 300))
EIGHTHS = st.integers(0, 8)
SPENDING = st.one_of(st.just(0), st.integers(0, 20), st.integers(0, 200_000))
SHARES, RESERVES = st.sampled_from((1.0, 0.25)), st.sampled_from((0.1, 0.25))
LEFT = st.one_of(st.integers(0, 20), st.just(180_000))
"""Requests over the reserve at the start."""
BURSTS = st.builds(Burst, GAPS, WANTED, DURATIONS, EIGHTHS, SPENDING)
ALONE = st.builds(Burst, GAPS, WANTED, DURATIONS, EIGHTHS)
ACCOUNTS = st.builds(
    Account, st.sampled_from((LIVE, SANDBOX, TESTDRIVE)), st.sampled_from(ResetFormat)
)


def drive(account: Account, exporter: Spender, bursts: Sequence[Burst]) -> list[int]:
    """Run an exporter beside a customer who never spends the reserve.

    Return how many requests were over the reserve whenever the API counted one.
    """
    reserve, over = exporter.quota.reserve, list[int]()

    def start(burst: Burst, started: float) -> None:
        def count() -> None:
            over.append(account.over(reserve, exporter.now))
            outcome = account.asked(exporter.now)
            exporter.at(started + burst.duration, lambda: exporter.ends(started, outcome))

        exporter.at(started + burst.duration * burst.eighths / 8, count)

    for burst in bursts:
        exporter.wait(burst.gap)
        left = account.over(reserve, exporter.now)
        account.spend(max(0, min(burst.customer, left)), exporter.now)
        for _ in range(burst.wanted):
            if exporter.starts():
                start(burst, exporter.now)
            else:
                exporter.wait(0.25)
    exporter.wait(300)
    return over


@given(ACCOUNTS, SHARES, RESERVES, st.lists(BURSTS))
def test_as_long_as_the_customer_leaves_the_reserve_the_exporter_meets_no_429(
    account: Account, share: float, reserve: float, bursts: list[Burst]
) -> None:
    room = max(
        1, int(reserve * account.limits.minute)
    )  # the customer may spend between start and count
    exporter = Spender(Quota(share=share, reserve=reserve), min(CONCURRENCY, room))
    drive(account, exporter, bursts)
    assert account.limited == 0


@given(ACCOUNTS, SHARES, RESERVES, st.tuples(LEFT, LEFT), st.lists(ALONE, min_size=1))
def test_after_its_first_answer_an_exporter_alone_spends_nothing_of_the_reserve(
    account: Account, share: float, reserve: float, left: tuple[int, int], bursts: list[Burst]
) -> None:
    pairs = zip(account.limits, left, strict=True)
    minute, day = (max(0, limit - int(reserve * limit) - over) for limit, over in pairs)
    account.windows.spend(minute, day, UNIX)
    room = int((1 - reserve) * account.limits.minute)  # a new window counts as full
    exporter = Spender(Quota(share=share, reserve=reserve), min(CONCURRENCY, room))
    _, *later = drive(account, exporter, [Burst(0, 1, 0, 0), *bursts])
    assert min(later, default=1) >= 1
