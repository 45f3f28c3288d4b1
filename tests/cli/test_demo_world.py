"""The demo's world: what its APIs answer, and what the exporter makes of it."""

import asyncio
from collections import Counter

import pytest

from exporter.api.rate_limit_headers import MOST_TIMES_LIVE
from exporter.cli.demo_world import LEAST_TROUBLED, MAIN, Demo, make_demo
from exporter.config.key_text import key_in
from exporter.jobs.snapshot import Snapshot
from exporter.model.duration import DAY, MINUTE
from exporter.model.rate_limit import LIVE
from exporter.scrape.reload import Reloader
from exporter.web.page.heading import heading
from exporter.web.page.job_kinds import KINDS, kinds_of, not_read, patience
from tests.support.program import PATIENCE

pytestmark = pytest.mark.slow


def closed(demo: Demo) -> Demo:
    """Free the ports of a demo that never runs."""
    for simulator in demo.simulators.values():
        simulator.close()
    return demo


def seen(demo: Demo, after: float | None = None) -> Snapshot:
    """Return what the exporter knows before a demo serves, or at a scrape some seconds later."""

    async def live() -> Snapshot:
        collector = Reloader(demo.loaded, lambda _: demo.loaded, demo.clock).collector
        await demo.live_through(collector, PATIENCE)
        if after is not None:
            demo.clock.back = -after
            await collector.refresh(PATIENCE)
        return collector.snapshot()

    with demo.running():
        return asyncio.run(live())


def kinds(snapshot: Snapshot, demo: Demo) -> Counter[str]:
    """Count the jobs of each kind, as the page does."""
    now = demo.clock()
    return Counter(
        kind
        for account in snapshot.accounts
        for view in account.jobs
        for kind in kinds_of(view, not_read=not_read(view, now, patience(account, now)))
    )


def headings(snapshot: Snapshot) -> dict[str, str]:
    return {account.name: heading(account).word for account in snapshot.accounts}


HEADINGS = {
    "demo": "up",
    "key-refused": "key refused",
    "unreachable": "down",
    "rate-limited": "rate limited",
    "share-spent": "share spent",
    "reserve-reached": "reserve reached",
}


@pytest.mark.parametrize(
    ("count", "speed", "after"),
    [
        pytest.param(24, 1.0, None, id="before it serves"),
        pytest.param(24, 1.0, 0.0, id="at the first scrape"),
        pytest.param(24, 1.0, 10 * MINUTE, id="after ten minutes"),
        pytest.param(24, 1.0, DAY, id="after a day"),
        pytest.param(24, 100_000.0, 0.0, id="however fast its jobs run"),
        pytest.param(24, 0.001, 0.0, id="however slowly its jobs run"),
        pytest.param(LEAST_TROUBLED, 1.0, 0.0, id="with few jobs"),
    ],
)
def test_the_demo_shows_every_kind_of_job_and_every_trouble_of_an_account(
    count: int, speed: float, after: float | None
) -> None:
    demo = make_demo(count, 1, speed)
    snapshot = seen(demo, after)
    assert kinds(snapshot, demo).keys() == KINDS.keys()
    assert any(view.finished and not view.reading.end_confirmed for view in snapshot.jobs)
    assert headings(snapshot) == HEADINGS
    assert snapshot.accounts[0].up is True
    assert len(snapshot.jobs) == count


def test_a_demo_of_very_few_jobs_is_the_mix_alone() -> None:
    snapshot = seen(make_demo(LEAST_TROUBLED - 1, 1, 1.0))
    assert headings(snapshot) == {"demo": "up"}
    assert len(snapshot.jobs) == LEAST_TROUBLED - 1


def test_the_clock_of_the_demo_is_right_once_it_serves() -> None:
    demo = make_demo(24, 1, 1.0)
    snapshot = seen(demo)
    assert demo.clock.back == 0.0
    assert {simulator.latency for simulator in demo.simulators.values()} == {0.05}
    assert snapshot.taken_at - snapshot.started_at < PATIENCE


@pytest.mark.parametrize("count", [1, 10, 25, 10_000])
def test_there_are_as_many_jobs_as_asked_for_in_all_accounts(count: int) -> None:
    accounts = closed(make_demo(count, 1, 1.0)).loaded.config.accounts
    assert len({job.id for account in accounts for job in account.jobs}) == count


@pytest.mark.parametrize("jobs", [1, 24, 1_000])
def test_a_demo_may_ask_its_own_api_as_much_as_that_allows(jobs: int) -> None:
    demo = closed(make_demo(jobs, 1, 1.0))
    quota = demo.loaded.config.accounts[0].quota
    assert (quota.per_minute, quota.per_day) == demo.simulators[MAIN].limits


def test_a_large_demo_says_limits_that_the_exporter_believes() -> None:
    demo = closed(make_demo(1_000, 1, 1.0))
    assert demo.simulators[MAIN].limits.day == MOST_TIMES_LIVE * LIVE.day


def test_the_key_of_a_demo_could_be_that_of_an_account() -> None:
    demo = closed(make_demo(1, 1, 1.0))
    key = demo.loaded.keys["demo"].loaded.reveal()
    assert key_in(key) == key == demo.simulators[MAIN].api_key


def test_two_demos_have_different_keys() -> None:
    first, second = closed(make_demo(1, 1, 1.0)), closed(make_demo(1, 1, 1.0))
    assert first.loaded.keys["demo"].loaded.reveal() != second.loaded.keys["demo"].loaded.reveal()
    assert first.loaded.keys["demo"].loaded.reveal() not in repr(first)
