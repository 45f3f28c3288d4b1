import asyncio
import math
from dataclasses import replace

import pytest

from benchmarks.quota_account import MIDNIGHT, Account, Api, Customer
from benchmarks.quota_case import CASES, Case
from benchmarks.quota_exporter import START, Exporter, WarmLedger, clock
from benchmarks.quota_failures import OF_1000, Hang, cold_start, hang, wrong_key
from benchmarks.quota_naive import read_everything
from benchmarks.quota_ours import Failures, Ours, simulate, warm
from benchmarks.quota_statistics import busiest, percentile
from benchmarks.quota_table import span, table
from benchmarks.quota_verdicts import Row, Verdict, of_cases, of_hangs, of_wrong_key
from benchmarks.virtual_time import NothingToWaitForError, run
from exporter.config.sections import Quota
from exporter.model.duration import DAY, HOUR
from exporter.model.instant import Instant
from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE, Limits

SMALL = Case("sandbox", watched=40, running=10, servers=2, interval=15.0, customer=True)
TEST_DRIVE = replace(SMALL, account="TestDrive", interval=60.0)
BUSY = Case("live", watched=40, running=10, servers=1, interval=15.0, customer=True)


def row(case: Case, quota: Quota | None = None, seconds: float = 2 * HOUR) -> Row:
    return Row(case, simulate(case, seconds, quota or Quota()), read_everything(case, seconds))


def missed(verdicts: list[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.kept]


@pytest.mark.parametrize("case", [SMALL, TEST_DRIVE, BUSY], ids=str)
def test_two_hours_of_the_exporter_keep_every_bound(case: Case) -> None:
    assert missed(of_cases([row(case)])) == []


def test_an_exporter_that_spends_more_than_its_share_misses_the_bounds() -> None:
    greedy = row(SMALL, Quota(share=1.0, reserve=0.0), seconds=DAY)
    names = missed(of_cases([greedy]))
    for bound in ("429s", "busiest 60 s", "busiest 24 h"):
        assert any(name.startswith(bound) for name in names), bound


def test_an_exporter_that_spends_less_than_it_may_shows_values_too_late() -> None:
    names = missed(of_cases([row(SMALL, Quota(share=0.1))]))
    assert any(name.startswith("age, p99") for name in names)
    assert any(name.startswith("from failing to being seen") for name in names)


def test_reading_everything_at_every_scrape_empties_the_account() -> None:
    naive = read_everything(SMALL)
    assert naive.answered + naive.refused == naive.requests == 40 * 2 * 5760
    assert naive.answered > 0.25 * SANDBOX.day
    assert naive.refused_to_customer > 0
    assert naive.age_p99 > DAY / 2


class Thorough(Exporter):
    """Works out what is due at every scrape."""

    def idle(self, now: Instant) -> bool:  # noqa: ARG002  never is
        return False


async def requests_of(kind: type[Exporter], case: Case, seconds: float) -> list[float]:
    api = Api(Account(case.limits, START, customer=True), frozenset(case.running_jobs), clock)
    exporter = kind(WarmLedger(case.watched, warm(case), Quota()), api.read)
    await exporter.serve(case.servers, case.interval, done=lambda now: now >= seconds)
    return exporter.sent


@pytest.mark.parametrize("case", [SMALL, TEST_DRIVE], ids=str)
def test_no_request_depends_on_the_scrapes_at_which_nothing_may_be_asked(case: Case) -> None:
    spared = run(requests_of(Exporter, case, 2 * HOUR))
    assert spared == run(requests_of(Thorough, case, 2 * HOUR))


def test_a_refused_key_is_tried_at_most_three_times_in_the_first_minute() -> None:
    requests = wrong_key()
    assert requests > 0
    assert of_wrong_key(requests).kept
    assert not of_wrong_key(4).kept


@pytest.mark.parametrize("after", [0.0, 600.0])
def test_an_api_that_hangs_is_asked_little_and_read_again_soon(after: float) -> None:
    hanging = hang(after)
    assert hanging.busiest_minute > 0
    assert missed(of_hangs([("now", hanging)])) == []
    assert hanging.recovery < 10 * 60.0


def test_a_verdict_on_an_api_that_hangs_can_be_that_the_bound_is_missed() -> None:
    hanging = Hang(first_minute=5, busiest_minute=11, longest_scrape=9.6, recovery=60.0)
    assert len(missed(of_hangs([("now", hanging)]))) == 2


def test_a_live_account_reads_a_thousand_jobs_within_minutes_of_a_cold_start() -> None:
    assert cold_start(replace(OF_1000, running=100)) < 5 * 60.0


def test_what_takes_longer_than_a_day_to_read_is_worked_out() -> None:
    assert cold_start(replace(OF_1000, account="TestDrive")) == pytest.approx(8 * DAY)


def test_the_cases_are_those_that_were_asked_for() -> None:
    assert len(CASES) == len(set(CASES)) == 96
    assert {len(case.running_jobs) for case in CASES} == {1, 10, 100, 1000}
    assert all(case.running_jobs[-1] == case.watched for case in CASES)


@pytest.mark.parametrize(
    ("case", "age", "sight"),
    [
        (Case("live", 1, 1, 1, 15.0, customer=False), 15.0, 15.0),
        (Case("live", 1, 1, 1, 60.0, customer=False), 60.0, 60.0),
        (Case("sandbox", 1, 1, 1, 60.0, customer=False), 69.12, 120.0),
        (Case("live", 40, 10, 2, 15.0, customer=False), 19.2, 30.0),
        (Case("TestDrive", 10_000, 1_000, 1, 15.0, customer=False), 691_200.0, 691_200.0),
    ],
    ids=str,
)
def test_the_best_possible_follows_from_the_rate_and_the_scrapes(
    case: Case, age: float, sight: float
) -> None:
    assert case.best_age == pytest.approx(age)
    assert case.best_sight == pytest.approx(sight)


@pytest.mark.parametrize("limits", [LIVE, SANDBOX, TESTDRIVE])
def test_the_customer_takes_half_of_each_day_and_never_more_than_a_minute_allows(
    limits: Limits,
) -> None:
    customer = Customer(limits)
    day = customer.total(MIDNIGHT + DAY) - customer.total(MIDNIGHT)
    assert day == pytest.approx(limits.day / 2, abs=1)
    minutes = [MIDNIGHT + 60.0 * number for number in range(1441)]
    spent = [customer.total(at + 60.0) - customer.total(at) for at in minutes]
    assert limits.minute // 2 <= max(spent) <= 0.6 * limits.minute


def test_what_the_exporter_takes_from_the_customer_is_counted() -> None:
    account = Account(TESTDRIVE, MIDNIGHT, customer=True)
    half_past = MIDNIGHT + HOUR / 2
    assert account.ask(10, half_past) == 10
    assert account.ask(1, half_past + 1.0) == 0
    account.catch_up(half_past + 60.0)
    assert (account.refused, account.refused_to_customer) == (1, 5)


def test_a_failure_is_seen_with_the_first_answer_after_it() -> None:
    failures = Failures([1], each=10, seconds=100.0)
    failures.seen(1, 50.0, 60.0)
    failures.seen(2, 50.0, 60.0)
    seen = len(failures.delays)
    assert all(10.0 <= delay <= 60.0 for delay in failures.delays)
    assert failures.all_delays()[seen:] == [math.inf] * failures.left
    failures.seen(1, 100.0, 100.0)
    assert (failures.left, len(failures.delays)) == (0, 10)


def test_the_busiest_stretch_ends_before_it_begins_again() -> None:
    assert busiest([], 60.0) == 0
    assert busiest([0.0, 60.0, 120.0], 60.0) == 1
    assert busiest([0.0, 59.0, 60.0, 61.0, 200.0], 60.0) == 3


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_a_day_of_waiting_takes_no_time_and_keeps_its_order() -> None:
    async def wait(seconds: float) -> tuple[float, float]:
        await asyncio.sleep(seconds)
        return seconds, asyncio.get_running_loop().time()

    async def story() -> list[tuple[float, float]]:
        waits = [wait(seconds) for seconds in (DAY, 1.0, 60.0)]
        return [await one for one in asyncio.as_completed(waits)]

    assert run(story()) == [(1.0, 1.0), (60.0, 60.0), (DAY, DAY)]


def test_waiting_for_nothing_is_an_error_and_not_an_endless_wait() -> None:
    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingToWaitForError):
        run(story())


def test_the_table_has_a_line_for_each_case() -> None:
    ours = Ours(1000, 0, 0, 0.2, 0.2, 15.0, 700.0, 3 * DAY, 0.3)
    lines = list(table([Row(SMALL, ours, read_everything(SMALL, HOUR))]))
    assert len(lines) == 3
    assert len(set(map(len, lines[1:]))) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0.0s"), (691.2, "11.5m"), (69_120.0, "19.2h"), (8 * DAY, "8.0d")]
)
def test_spans_of_time_are_short(seconds: float, text: str) -> None:
    assert span(seconds) == text
