"""Every job is read once, as fast as the account's share allows."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.virtual_time import run
from exporter.config.sections import Account, Config, Quota, Refresh, WatchedJob
from exporter.jobs.ledger import Ledger
from exporter.jobs.snapshot import Snapshot
from exporter.model.attempt import Answer
from exporter.model.failures import Failure, NotFound, RateLimited, ReadTimeout, Unauthorized
from exporter.model.instant import Instant
from exporter.model.rate_limit import DOCUMENTED, Limits, RateLimit, WindowState
from exporter.quota.budget import make_budget
from exporter.scrape.collector import Collector
from exporter.scrape.read_once import read_once, with_each_job_read_once
from exporter.scrape.refresh import AccountRefresher
from tests.support.readers import RUNNING

JOBS = 600
CONFIG = Config(accounts=[Account()])


class Api:
    """Answers after 0.1 s, with these limits, or with `error`: to each read, or to job `one`."""

    def __init__(
        self, limits: Limits, error: Failure | None = None, one: int | None = None
    ) -> None:
        self.said = RateLimit(WindowState(limits.minute), WindowState(limits.day))
        self.error = error
        self.one = one
        self.asked: list[int] = []

    async def read(self, job_id: int) -> Answer | Failure:
        self.asked.append(job_id)
        await asyncio.sleep(0.1)
        if self.error is not None and self.one in (None, job_id):
            return self.error
        return Answer(200, replace(RUNNING, id=job_id), self.said)


def unread(snapshot: Snapshot) -> int:
    """Return how many jobs were never attempted."""
    return sum(view.reading.attempted_at is None for view in snapshot.jobs)


def clock() -> Instant:
    seconds = asyncio.get_running_loop().time()
    return Instant(seconds, 1_700_000_000.0 + seconds)


async def nothing() -> None:
    """Do nothing while the jobs are read."""


def check_live(
    *apis: Api,
    meanwhile: Callable[[], Coroutine[Any, Any, None]] = nothing,
    config: Config = CONFIG,
) -> tuple[Snapshot, list[int], float]:
    """Read an account at each API; return the snapshot, what was announced, and the seconds."""
    announced: list[int] = []

    async def story() -> tuple[Snapshot, list[int], float]:
        refreshers = [
            AccountRefresher(
                Ledger(
                    f"account {index}",
                    [WatchedJob(id=number) for number in range(1, JOBS + 1)],
                    refresh=with_each_job_read_once(config).refresh,
                    budget=make_budget(Quota()),
                    jitter=lambda: 0.0,
                ),
                api.read,
                concurrency=8,
                clock=clock,
            )
            for index, api in enumerate(apis)
        ]
        other = asyncio.create_task(meanwhile())
        snapshot = await read_once(Collector(refreshers, clock, 10.0), announced.append)
        await other
        return snapshot, announced, asyncio.get_running_loop().time()

    return run(story())


def test_more_jobs_than_a_minutes_share_wait_for_the_next_minutes() -> None:
    api = Api(DOCUMENTED["live"])
    snapshot, announced, seconds = check_live(api)
    assert unread(snapshot) == 0
    assert 120 < seconds < 130
    assert len(api.asked) == JOBS
    assert announced[0] == 350
    assert announced == sorted(announced, reverse=True)


def test_jobs_that_an_hours_share_does_not_cover_stay_unread() -> None:
    api = Api(DOCUMENTED["sandbox"])
    snapshot, _, seconds = check_live(api)
    assert JOBS - unread(snapshot) == len(set(api.asked))
    assert 52 <= len(api.asked) < 60
    assert seconds < 600


@pytest.mark.parametrize(
    ("error", "requests"),
    [
        pytest.param(Unauthorized("refused", 401), 1, id="a refused key"),
        pytest.param(ReadTimeout("late"), 5, id="an API that does not answer"),
    ],
)
def test_where_the_api_cannot_be_read_the_rest_stays_unread(error: Failure, requests: int) -> None:
    api = Api(DOCUMENTED["live"], error)
    snapshot, announced, _ = check_live(api)
    assert len(api.asked) == requests
    assert (unread(snapshot), announced) == (JOBS - requests, [])


def test_an_api_that_answers_429_is_waited_for_once() -> None:
    api = Api(DOCUMENTED["live"], RateLimited("used up (429)", 429))
    snapshot, announced, seconds = check_live(api)
    assert len(api.asked) == 2
    assert 90 < seconds < 120
    assert (unread(snapshot), announced) == (JOBS - 2, [JOBS - 1, JOBS - 2])


def test_the_back_off_of_a_key_that_is_refused_for_one_job_is_waited_out() -> None:
    api = Api(DOCUMENTED["live"], Unauthorized("refused", 403), one=3)
    snapshot, _, seconds = check_live(api)
    assert unread(snapshot) == 0
    assert 120 < seconds < 180


def test_an_api_that_fails_half_way_is_waited_for_no_longer_than_a_back_off() -> None:
    api = Api(DOCUMENTED["live"])

    async def fail() -> None:
        await asyncio.sleep(1.0)
        api.error = Unauthorized("refused", 401)

    snapshot, _, seconds = check_live(api, meanwhile=fail)
    assert unread(snapshot) > 500
    assert 40 < seconds < 50


def test_a_job_that_fails_is_not_waited_for() -> None:
    said = RateLimit(WindowState(1_000), WindowState(180_000))
    gone = NotFound("gone", 404, said=said)
    api = Api(DOCUMENTED["live"], gone)
    snapshot, _, _ = check_live(api)
    assert unread(snapshot) == 0
    assert set(api.asked) == set(range(1, JOBS + 1))


def test_one_accounts_trouble_does_not_keep_another_from_being_read() -> None:
    refused = Api(DOCUMENTED["live"], Unauthorized("refused", 401))
    snapshot, announced, _ = check_live(refused, Api(DOCUMENTED["live"]))
    assert announced[0] == 350
    states = [view.state for view in snapshot.accounts[1].jobs]
    assert states == ["running"] * JOBS
    assert len(refused.asked) <= math.ceil(150 / 30)


def test_a_job_that_was_read_stays_so_however_long_the_others_take() -> None:
    """The reads take two minutes."""
    short = CONFIG.model_copy(update={"refresh": Refresh(stale_after="1s")})
    snapshot, _, _ = check_live(Api(DOCUMENTED["live"]), config=short)
    assert [view.state for view in snapshot.jobs] == ["running"] * JOBS
