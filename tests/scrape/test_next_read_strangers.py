"""Which job is read next while strangers, job ids that nobody watches, are probed."""

import asyncio

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Quota, WatchedJob
from exporter.quota.budget import AHEAD, FRESH
from exporter.quota.strangers import LATELY
from exporter.scrape.next_read import NextRead
from exporter.scrape.refresh import Deferred
from tests.support.readers import DOWN, GONE
from tests.support.virtual_account import LATE, PLENTY, SCRAPE, STRANGE, VirtualAccount, clock

pytestmark = pytest.mark.slow

SANDBOX = Quota(per_minute=50, per_day=5_000)
LIVE = Quota(per_minute=1_000, per_day=180_000)
ACTIVE = 10.0


async def watch(account: VirtualAccount, seconds: float, interval: float) -> float:
    """Scrape for `seconds`; return the age of the oldest value that a scrape showed."""
    oldest = 0.0
    for scrape in range(int(seconds / interval)):
        await account.scrape(1, interval)
        if scrape:
            oldest = max(oldest, clock().monotonic - min(account.read_at()))
    return oldest


@pytest.mark.parametrize(
    ("quota", "jobs", "every"), [(SANDBOX, 5, 2.0), (LIVE, 20, 0.2)], ids=["sandbox", "live"]
)
@pytest.mark.parametrize("interval", [10.0, 15.0, 30.0])
def test_strangers_take_a_fifth_of_the_requests_and_make_no_watched_value_old(
    quota: Quota, jobs: int, every: float, interval: float
) -> None:
    async def story(*, probed: bool) -> tuple[VirtualAccount, float]:
        account = VirtualAccount(jobs, quota)
        probes = asyncio.create_task(account.probe_strangers(every)) if probed else None
        oldest = await watch(account, 300.0, interval)
        if probes is not None:
            probes.cancel()
        return account, oldest

    _, usual = run(story(probed=False))
    account, oldest = run(story(probed=True))
    assert account.strangers() > 0
    assert account.strangers() <= len(account.asked) / 5 + 1
    assert oldest <= usual + 2 * interval


def test_while_watched_jobs_are_due_a_stranger_waits_for_the_next_scrape() -> None:
    async def story() -> None:
        account = VirtualAccount(3, LIVE)
        await account.scrape(1, every=ACTIVE + 1)
        first, second = [await account.probe(STRANGE + number) for number in range(2)]
        assert first == Deferred(0, "deadline"), "one request in five"
        assert second == Deferred(1, "budget")
        await account.scrape(1)
        assert [job_id for _, job_id in account.asked[-4:]] == [1, 2, 3, STRANGE + 1]

    run(story())


def test_a_scrape_reads_first_the_stranger_that_was_read_before() -> None:
    async def story() -> None:
        account = VirtualAccount(3, LIVE)
        await account.scrape(1, every=1.0)
        await account.probe(STRANGE)
        await account.scrape(1, every=ACTIVE + 1)
        deferred = [await account.probe(STRANGE + number) for number in (1, 2, 0)]
        assert [one.reads for one in deferred] == [1, 1, 1]
        await account.scrape(1)
        assert [job_id - STRANGE for _, job_id in account.asked[-3:]] == [0, 1, 2]

    run(story())


def test_while_no_watched_job_is_due_strangers_are_read_at_once() -> None:
    async def story() -> None:
        account = VirtualAccount(3, LIVE)
        await account.scrape(1, every=1.0)
        deferred = [await account.probe(STRANGE + number) for number in range(5)]
        assert deferred == [Deferred(0, "deadline")] * 5

    run(story())


def test_strangers_leave_the_budget_that_the_watched_jobs_need_for_an_hour() -> None:
    async def story() -> None:
        account = VirtualAccount(20, LIVE)
        await account.scrape(1, every=1.0)
        deferred = [await account.probe(STRANGE + number) for number in range(3)]
        assert [one.reads for one in deferred] == [0, 1, 1]

    run(story())


def test_where_nobody_scrapes_strangers_are_read_although_watched_jobs_are_due() -> None:
    async def story() -> None:
        account = VirtualAccount(3, LIVE)
        for number in range(3):
            await account.probe(STRANGE + number)
        assert account.strangers() == 3
        await account.scrape(1, every=LATELY)
        for number in range(3):
            await account.probe(STRANGE + number)
        assert account.strangers() == 6

    run(story())


def test_where_no_job_is_watched_strangers_have_the_whole_budget() -> None:
    async def story() -> None:
        account = VirtualAccount(0, SANDBOX)
        await account.scrape(1, every=1.0)
        for number in range(20):
            await account.probe(STRANGE + number)
        assert account.strangers() == 12, "the share of a minute"

    run(story())


def test_a_scrape_waits_for_no_stranger() -> None:
    async def story() -> None:
        account = VirtualAccount(1, LIVE)
        await account.scrape(1, every=ACTIVE + 1)
        for number in range(4):
            await account.probe(STRANGE + number)
        await account.scrape(1)
        assert account.scrapes[-1] == pytest.approx(account.latency)
        assert account.strangers() == 4

    run(story())


def test_a_probe_of_a_watched_job_is_read_while_strangers_wait() -> None:
    async def story() -> None:
        account = VirtualAccount(2, LIVE)
        await account.scrape(1, every=ACTIVE + 1)
        await account.probe(STRANGE)
        await account.probe(STRANGE + 1)
        assert await account.probe(2) == Deferred(0, "deadline")
        assert account.asked[-1][1] == 2

    run(story())


def test_a_stranger_that_becomes_watched_is_no_longer_one() -> None:
    async def story() -> None:
        account = VirtualAccount(2, LIVE)
        await account.scrape(1, every=ACTIVE + 1)
        await account.probe(STRANGE)
        account.ledger.watch([WatchedJob(id=STRANGE + 1)], clock())
        assert await account.probe(STRANGE + 1) == Deferred(0, "deadline")

    run(story())


def test_watched_jobs_in_a_back_off_keep_nothing_from_strangers() -> None:
    async def story() -> None:
        account = VirtualAccount(10, LIVE)
        account.fate = lambda job_id: GONE if job_id < STRANGE else None
        await account.scrape(2)
        deferred = [await account.probe(STRANGE + number) for number in range(20)]
        assert {one.reads for one in deferred} == {0}

    run(story())


@pytest.mark.parametrize("hanging", [20, 60])
def test_strangers_that_hang_hold_a_quarter_of_the_slots(hanging: int) -> None:
    async def story() -> None:
        account = VirtualAccount(100, PLENTY)
        account.fate = lambda job_id: LATE if job_id >= STRANGE else None
        await account.scrape(1, every=ACTIVE + 1)
        for number in range(hanging):
            probe = asyncio.create_task(account.probe(STRANGE + number))
            await asyncio.sleep(0)
            probe.cancel()
        before = len(account.asked)
        await account.scrape(4)
        assert max(account.scrapes) < SCRAPE
        watched = sum(job_id < STRANGE for _, job_id in account.asked[before:])
        assert watched == 400

    run(story())


def test_strangers_that_were_never_read_do_not_keep_those_that_were_from_their_turn() -> None:
    async def story() -> None:
        account = VirtualAccount(0, LIVE)
        known = [STRANGE - number for number in range(1, 6)]
        for job_id in known:
            await account.probe(job_id)
        probes = asyncio.create_task(account.probe_strangers(0.2))
        for _ in range(120):
            await asyncio.gather(*map(account.probe, known))
            await account.scrape(1)
        probes.cancel()
        reads = [account.asked_since(0.0, job_id) for job_id in known]
        assert min(reads) > 30

    run(story())


async def probed(account: VirtualAccount, *job_ids: int) -> None:
    """Probe for jobs one after the other, each until another read may go ahead."""
    for job_id in job_ids:
        probe = asyncio.create_task(account.probe(job_id))
        await asyncio.sleep(AHEAD + 0.1)
        probe.cancel()


def test_strangers_that_hang_leave_a_watched_job_to_go_ahead() -> None:
    async def story() -> None:
        account = VirtualAccount(5, PLENTY, timeout=60.0)
        account.fate = lambda job_id: LATE if job_id >= STRANGE else None
        await account.scrape(1, every=FRESH + 1)
        await probed(account, STRANGE, STRANGE + 1, STRANGE + 2)
        await account.scrape(1)
        assert min(account.read_at()) > ACTIVE

    run(story())


@pytest.mark.parametrize("concurrency", [1, 2, 3, 8])
def test_while_the_api_is_doubtful_strangers_hold_no_more_slots_than_otherwise(
    concurrency: int,
) -> None:
    async def story() -> None:
        account = VirtualAccount(1, LIVE, timeout=60.0, concurrency=concurrency)
        account.fate = lambda job_id: LATE if job_id >= STRANGE else DOWN
        for _ in range(4):
            await account.scrape(1, every=1.0)
        for number in range(6):
            await probed(account, STRANGE + number)
        assert account.in_flight_strangers() <= max(1, concurrency // 4)

    run(story())


def test_where_nobody_scrapes_a_known_stranger_does_not_keep_a_new_one_from_being_read() -> None:
    async def story() -> None:
        account = VirtualAccount(0, LIVE)
        await account.probe(STRANGE)
        account.ledger.roster.defer(STRANGE, clock())
        assert await account.probe(STRANGE + 1) == Deferred(0, "deadline")

    run(story())


@pytest.mark.parametrize(
    ("watched", "expected"),
    [
        pytest.param([1], STRANGE, id="nothing else is due"),
        pytest.param([1, 2], None, id="another job has come since"),
    ],
)
def test_a_scrape_reads_no_stranger_before_a_job_that_is_due_since_it_began(
    watched: list[int], expected: int | None
) -> None:
    async def story() -> None:
        account = VirtualAccount(1, Quota(per_minute=1_000, per_day=180_000))
        await account.scrape(1, every=1.0)
        next_read = NextRead(account.ledger, in_flight=(), concurrency=8)
        account.ledger.roster.probe(STRANGE)
        account.ledger.roster.defer(STRANGE, clock())
        due_reads = next_read.due(clock())
        account.ledger.permits.strangers.count(watched=False, new=False)
        account.ledger.watch([WatchedJob(id=job_id) for job_id in watched], clock())
        assert next_read.for_scrape(due_reads, clock()) == expected

    run(story())
