"""The simulation of quotas: its account and customer are true, and its bounds can be missed."""

import math
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from benchmarks.quota_account import MIDNIGHT, Account, Api, Customer
from benchmarks.quota_case import CASES, Case
from benchmarks.quota_exporter import START, Exporter, WarmLedger, clock
from benchmarks.quota_failures import Hang
from benchmarks.quota_naive import read_everything
from benchmarks.quota_ours import Failures, simulate, warm
from benchmarks.quota_statistics import busiest, percentile
from benchmarks.quota_verdicts import Row, of_cases, of_hangs, of_wrong_key
from benchmarks.verdict import Verdict
from benchmarks.virtual_time import run
from exporter.config.sections import Quota
from exporter.model.duration import DAY, HOUR
from exporter.model.instant import Instant
from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE, Limits

pytestmark = pytest.mark.slow

SMALL = Case("sandbox", watched=40, running=10, servers=2, interval=15.0, customer=True)
TEST_DRIVE = replace(SMALL, account="TestDrive", interval=60.0)


def row(case: Case, quota: Quota, seconds: float = 2 * HOUR) -> Row:
    return Row(case, simulate(case, seconds, quota), read_everything(case, seconds))


def missed(verdicts: list[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.kept]


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
    """An exporter that looks for due jobs at every scrape."""

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


def test_the_simulation_writes_no_line_for_a_read() -> None:
    with capture_logs() as lines:
        simulate(SMALL, HOUR)
    assert lines == []


def test_a_refused_key_that_is_tried_four_times_misses_the_bound() -> None:
    assert not of_wrong_key(4).kept


def test_a_verdict_on_an_api_that_hangs_can_be_that_the_bound_is_missed() -> None:
    hanging = Hang(first_minute=5, busiest_minute=11, longest_scrape=9.6, recovery=60.0)
    assert len(missed(of_hangs([("now", hanging)]))) == 2


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
