"""The exporter's own pace through its share of the minute and of the day."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.quota.pace import LAG, DayPace, MinutePace

SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class Try:
    """An attempt to send `wanted` requests, `gap` seconds after the last attempt.

    They end after `duration` seconds. The API counts them `delay` seconds after their start.
    """

    gap: int
    wanted: int
    duration: int
    delay: int
    sent: bool = True


@dataclass
class Sender:
    """Sends requests while the pace allows them, and notes when the API counts each."""

    allowed: float
    pace: MinutePace = field(default_factory=MinutePace)
    ends: list[tuple[float, bool]] = field(default_factory=list)
    counted: list[float] = field(default_factory=list)
    now: float = 1000.0

    def attempt(self, one: Try) -> None:
        self.now += one.gap
        for end, sent in sorted(self.ends):
            if end <= self.now:
                self.pace = self.pace.after(end) if sent else self.pace
        self.ends = [ending for ending in self.ends if ending[0] > self.now]
        for _ in range(one.wanted):
            if self.pace.left(self.now, self.allowed, len(self.ends)) >= 1:
                self.ends.append((self.now + one.duration, one.sent))
                if one.sent:
                    self.counted.append(self.now + min(one.delay, one.duration))


def most_in(seconds: float, moments: Iterable[tuple[float, int]]) -> int:
    """Return the most requests in any [t, t + seconds); `moments` are times and counts."""
    times, counts = zip(*sorted(moments), strict=True) if moments else ((), ())
    before = (0, *accumulate(counts))
    return max(
        (before[bisect_left(times, t + seconds)] - before[i] for i, t in enumerate(times)),
        default=0,
    )


GAPS = st.one_of(st.sampled_from((0, 1, 20, 40, 59, 60, 61)), st.integers(0, 300))
DURATIONS = st.one_of(st.just(0), GAPS)
SENT = st.sampled_from((True, True, False))
TRIES = st.builds(Try, GAPS, st.integers(1, 8), DURATIONS, DURATIONS, SENT)
EIGHTHS = st.integers(1, 64).map(lambda eighths: eighths / 8)


@given(st.lists(TRIES, max_size=30), EIGHTHS)
@example([Try(0, 4, 0, 0), Try(40, 1, 0, 0), Try(15, 5, 0, 0)], 5.0)
def test_no_minute_of_the_api_sees_more_than_is_allowed(tries: list[Try], allowed: float) -> None:
    sender = Sender(allowed)
    for one in tries:
        sender.attempt(one)
    most = most_in(60.0 / min(1.0, allowed), [(moment, 1) for moment in sender.counted])
    assert most <= max(1, math.floor(allowed))


@pytest.mark.parametrize("allowed", [0.01, 0.5, 1.0, 2.5, 250.0])
def test_a_minute_begins_with_all_that_is_allowed_and_never_less_than_one(allowed: float) -> None:
    assert MinutePace().left(0.0, allowed, 0) == max(1, int(allowed))


def test_a_share_that_is_whole_but_for_the_rounding_of_floats_is_whole() -> None:
    assert MinutePace().left(0.0, 0.29 * 100, 0) == 29


@pytest.mark.parametrize(
    ("now", "allowed", "expected"),
    [
        pytest.param(109.0, 5.0, 4, id="soon after"),
        pytest.param(159.9, 5.0, 4, id="before a minute has passed"),
        pytest.param(160.0, 5.0, 5, id="a minute after its end"),
        pytest.param(219.9, 0.5, 0, id="before two minutes have passed, of one in two"),
        pytest.param(220.0, 0.5, 1, id="two minutes after its end, of one in two"),
    ],
)
def test_a_request_counts_until_a_minute_after_it_ended(
    now: float, allowed: float, expected: int
) -> None:
    assert MinutePace().after(100.0).left(now, allowed, 0) == expected


def test_a_request_in_flight_counts_too() -> None:
    assert MinutePace().after(100.0).left(110.0, 5.0, in_flight=3) == 1


def test_requests_that_ended_over_a_minute_ago_are_forgotten() -> None:
    pace = MinutePace()
    for now in range(1000):
        pace = pace.after(float(now))
    assert len(pace.ticks) == 61


def test_requests_that_end_in_the_same_tenth_of_a_second_take_the_room_of_one() -> None:
    pace = MinutePace()
    for number in range(1, 1000):
        pace = pace.after(100.0 + number / 10_000)
    assert len(pace.ticks) == 2
    assert pace.left(160.0999, 1000.0, 0) == 1
    assert pace.left(160.1, 1000.0, 0) == 1000


def spend_all(pace: DayPace, now: float, allowed: float) -> tuple[DayPace, int]:
    requests = max(0, pace.left(now, allowed))
    return pace.accrued(now, allowed).after_requests(requests), requests


@dataclass(frozen=True)
class Phase:
    """`idle` seconds, then `bursts` bursts of all that is left, `wanted` requests at most.

    The API counts them `lag` seconds after they were sent. `part` of the usual share is allowed.
    """

    idle: int
    gap: int
    bursts: int
    wanted: int
    lag: int
    part: float = 1.0


GREEDY = 10**6
PHASES = st.builds(
    Phase,
    idle=st.one_of(st.integers(0, 10), st.integers(0, 7200), st.integers(0, 3 * 86_400)),
    gap=st.one_of(st.integers(1, 60), st.integers(60, 3600)),
    bursts=st.integers(1, 120),
    wanted=st.sampled_from((1, 5, GREEDY, GREEDY)),
    lag=st.sampled_from((0, 150, int(LAG))),
    part=st.sampled_from((1.0, 1.0, 0.5, 1 / 36)),
)
ALLOWED = st.one_of(
    st.integers(8, 240).map(lambda eighths: eighths / 8),
    st.sampled_from((125.0, 1250.0, 45_000.0)),
)


def counted_in(phases: Iterable[Phase], allowed: float, start: float) -> list[tuple[float, int]]:
    """Return when the API counts the requests of these phases, and how many."""
    pace, now, counted = DayPace(allowed), start, []
    for phase in phases:
        now += phase.idle
        at_present = allowed * phase.part
        for _ in range(phase.bursts):
            requests = min(pace.left(now, at_present), phase.wanted)
            if requests >= 1:
                pace = pace.accrued(now, at_present).after_requests(requests)
                counted.append((now + phase.lag, requests))
            now += phase.gap
    return counted


@given(st.lists(PHASES, max_size=6), ALLOWED, st.integers(0, 7200))
def test_no_24_hours_of_the_api_see_more_than_the_largest_share_in_them(
    phases: list[Phase], allowed: float, start: int
) -> None:
    assert most_in(SECONDS_A_DAY, counted_in(phases, allowed, float(start))) <= allowed


@pytest.mark.parametrize("allowed", [1.0, 2.0, 5.0, 125.0, 1250.0, 45_000.0])
@pytest.mark.parametrize(
    "phases",
    [
        pytest.param([], id="at the start"),
        pytest.param([Phase(0, 60, 600, GREEDY, 0), Phase(7 * 86_400, 1, 1, 0, 0)], id="idle days"),
        pytest.param([Phase(0, 60, 3000, GREEDY, 0), Phase(5400, 1, 1, 0, 0)], id="idle an hour"),
    ],
)
def test_a_burst_that_is_counted_late_and_the_day_after_it_are_within_what_is_allowed(
    phases: list[Phase], allowed: float
) -> None:
    burst, day = Phase(0, 300, 1, GREEDY, 300), Phase(0, 60, 2 * 1440, GREEDY, 0)
    assert most_in(SECONDS_A_DAY, counted_in([*phases, burst, day], allowed, 0.0)) <= allowed


@pytest.mark.parametrize("part", [0.5, 1 / 36])
@pytest.mark.parametrize("allowed", [1250.0, 45_000.0])
def test_a_burst_still_counts_after_less_was_allowed_for_a_while(
    allowed: float, part: float
) -> None:
    burst, less = Phase(0, 300, 1, GREEDY, 300), Phase(0, 600, 4, 1, 0, part)
    day = Phase(0, 60, 1440, GREEDY, 0)
    assert most_in(SECONDS_A_DAY, counted_in([burst, less, day], allowed, 0.0)) <= allowed


def test_a_burst_at_the_end_of_an_hour_counts_for_all_of_the_day_after_it() -> None:
    burst, day = Phase(0, 300, 1, GREEDY, 300), Phase(0, 4, 22_000, GREEDY, 0)
    assert most_in(SECONDS_A_DAY, counted_in([burst, day], 45_000.0, 3599.0)) <= 45_000


@pytest.mark.parametrize("idle", [0.0, 3600.0, 7 * SECONDS_A_DAY, 365 * SECONDS_A_DAY])
@pytest.mark.parametrize(
    ("allowed", "expected"), [(0.001, 1), (5.0, 1), (125.0, 5), (1250.0, 52), (45_000.0, 1875)]
)
def test_an_hours_worth_is_saved_up_at_the_start_and_never_more(
    allowed: float, expected: int, idle: float
) -> None:
    assert DayPace(allowed).left(idle, allowed) == expected
    spent, _ = spend_all(DayPace(allowed), 0.0, allowed)
    assert spent.accrued(idle, allowed).left(idle + 10**9, allowed) == expected


@pytest.mark.parametrize("allowed", [125.0, 1250.0, 45_000.0])
def test_an_exporter_that_always_spends_what_it_has_gets_nearly_all_of_its_share(
    allowed: float,
) -> None:
    pace, days = DayPace(allowed), [0, 0, 0]
    for minute in range(3 * 1440):
        pace, requests = spend_all(pace, minute * 60.0, allowed)
        days[minute // 1440] += requests
    assert days[2] >= 0.98 * allowed


@pytest.mark.parametrize("allowed", [0.02, 0.3, 0.9])
def test_a_share_of_less_than_one_request_a_day_is_one_in_several_days(allowed: float) -> None:
    pace, sent = DayPace(allowed), []
    for hour in range(int(24 * 20 / allowed)):
        pace, requests = spend_all(pace, hour * 3600.0, allowed)
        sent += [hour / 24] * requests
    assert 10 <= len(sent) <= 20
    assert min(after - before for before, after in pairwise(sent)) >= 1 / allowed


def test_spent_requests_accrue_again_in_little_more_than_an_hour() -> None:
    spent, requests = spend_all(DayPace(45_000.0), 0.0, 45_000.0)
    assert requests == 1875
    assert spent.left(0.0, 45_000.0) == 0
    assert 890 <= spent.left(1800.0, 45_000.0) <= 937
    assert spent.left(4000.0, 45_000.0) == 1875


@pytest.mark.parametrize(
    ("before", "owed", "after", "expected"),
    [
        pytest.param(45_000.0, 10, 1250.0, 42, id="less: as many are owed as before"),
        pytest.param(45_000.0, 1000, 1250.0, 0, id="less: no more is owed than can be saved up"),
        pytest.param(1200.0, 10, 2400.0, 80, id="more: the same part is owed"),
        pytest.param(1200.0, 50, 2400.0, 0, id="more: nothing is left where nothing was"),
        pytest.param(0.5, 1, 24.0, 0, id="more, of less than one an hour"),
    ],
)
def test_nothing_is_gained_by_a_change_of_what_is_allowed(
    before: float, owed: int, after: float, expected: int
) -> None:
    pace = DayPace(before).after_requests(owed)
    assert pace.left(0.0, after) == expected
    assert pace.accrued(0.0, after).left(0.0, before) <= pace.left(0.0, before)


def test_nothing_accrues_before_time_has_passed() -> None:
    pace, _ = spend_all(DayPace(45_000.0), 100.0, 45_000.0)
    assert [pace.left(now, 45_000.0) for now in (90.0, 100.0, 110.0)] == [0, 0, 4]
