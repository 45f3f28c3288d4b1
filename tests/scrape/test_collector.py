"""What a collector shows of its accounts, and which probed jobs it remembers."""

import asyncio
from collections.abc import Iterator

from exporter.config.sections import Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import Snapshot
from exporter.model.attempt import Answer
from exporter.model.failures import Unauthorized
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.collector import PROBED, Collector
from exporter.scrape.refresh import AccountRefresher
from tests.support.readers import Script, beside
from tests.support.scripted_account import LONG, ScriptedAccount, run
from tests.support.snapshots import make_job


class Clock:
    """A clock that advances by a quarter of a second with each reading."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> Instant:
        self.now += 0.25
        return Instant(self.now, self.now + 1_592_000_000.0)


class Api:
    """An API that answers every read at once."""

    def read(self, job_id: int) -> Answer:
        return Answer(200, make_job(id=job_id))


def refreshers(clock: Clock, *names: str) -> Iterator[AccountRefresher]:
    for name in names:
        ledger = Ledger(
            name,
            [WatchedJob(id=1)],
            refresh=Refresh(),
            budget=make_budget(Quota()),
            jitter=lambda: 0.0,
        )
        yield AccountRefresher(ledger, beside(Api().read), concurrency=1, clock=clock)


def collect(collector: Collector) -> Snapshot:
    """Read the due jobs, and return a snapshot."""
    asyncio.run(collector.refresh(60.0))
    return collector.snapshot()


def test_a_snapshot_has_every_account_and_its_times() -> None:
    clock = Clock()
    collector = Collector(list(refreshers(clock, "live", "sandbox")), clock, 10.0)
    loaded_at = clock.now + 1_592_000_000.0
    snapshot = collect(collector)
    assert [account.name for account in snapshot.accounts] == ["live", "sandbox"]
    assert [view.state for view in snapshot.jobs] == ["running", "running"]
    assert snapshot.taken_at > loaded_at
    assert snapshot.taken_at - snapshot.monotonic == 1_592_000_000.0
    assert snapshot.collect_seconds == snapshot.taken_at - loaded_at - 0.5
    assert snapshot.started_at == loaded_at
    assert snapshot.config.loaded_at == loaded_at
    assert snapshot.config.ok


def test_a_snapshot_stays_as_it_is_while_the_program_goes_on() -> None:
    clock = Clock()
    collector = Collector(list(refreshers(clock, "live")), clock, 10.0)
    (account,) = collect(collector).accounts
    before = account.counters.requests["200"]
    clock.now += 3600.0
    collect(collector)
    assert account.counters.requests["200"] == before == 1


def test_every_job_is_unseen_until_one_was_attempted() -> None:
    collector = Collector(list(refreshers(Clock(), "live", "sandbox")), Clock(), 10.0)
    before = collector.unseen
    collect(collector)
    assert (before, collector.unseen) == (2, 0)


def test_a_collector_that_stops_is_stopping() -> None:
    collector = Collector([], Clock(), 10.0)
    before = collector.stopping
    collector.stop()
    assert (before, collector.stopping) == (False, True)


def collector_of(account: ScriptedAccount) -> Collector:
    return Collector([account.refresher], account.clock, 10.0)


def test_of_ten_thousand_probed_jobs_the_least_recently_probed_are_forgotten_first() -> None:
    async def story() -> None:
        refused = Script(dict.fromkeys(range(1, PROBED + 3), Unauthorized("refused", 401)))
        account = ScriptedAccount(refused, jobs=0)
        collector, roster = collector_of(account), account.ledger.roster
        assert PROBED == 10_000
        for job_id in range(1, PROBED + 1):
            await collector.probe("live", job_id, LONG)
        assert all(job_id in roster for job_id in range(1, PROBED + 1))
        assert account.reader.asked == [1], "the key is refused, so there is one attempt"
        await collector.probe("live", 1, LONG)
        await collector.probe("live", PROBED + 1, LONG)
        await collector.probe("live", PROBED + 2, LONG)
        assert [job_id for job_id in range(1, PROBED + 3) if job_id not in roster] == [2, 3]

    run(story())


def test_a_job_that_was_forgotten_is_read_anew() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script(), jobs=0)
        collector = collector_of(account)
        await collector.probe("live", 1, LONG)
        account.ledger.forget(1)
        await collector.probe("live", 1, LONG)
        assert account.reader.asked == [1, 1]

    run(story())
