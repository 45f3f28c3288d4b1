"""`demo`: the jobs that it simulates, and the program that watches them."""

import time
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter.api.client import Client
from exporter.api.rate_limit_headers import MOST_TIMES_LIVE
from exporter.cli.demo import make_demo
from exporter.config.key_text import key_in
from exporter.model.duration import HOUR
from exporter.model.failures import NotFound
from exporter.model.job import Job
from exporter.model.rate_limit import LIVE
from tests.cli.conftest import LONG
from tests.support.program import LOOPBACK, Program, started

pytestmark = pytest.mark.slow


def jobs_of(count: int = 24, seed: int = 1, speed: float = 1.0) -> list[Job | None]:
    """Read the jobs of a demo from its API; None stands for one that has vanished."""
    demo = make_demo(count, seed, speed)
    (account,) = demo.loaded.config.accounts
    client = Client(account, demo.loaded.keys["demo"].source, demo.loaded.config.refresh, {})
    with demo.simulator:
        jobs = []
        for watched in account.jobs:
            try:
                jobs.append(client.read(watched.id).job)
            except NotFound:
                jobs.append(None)
    client.close()
    return jobs


def mix(jobs: list[Job | None]) -> list[tuple[str, int | None] | None]:
    """Return the values that stay the same while the jobs run."""
    return [None if job is None else (job.type, job.total) for job in jobs]


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with started("demo", "--jobs=40", "--seed=3", LOOPBACK) as program:
        yield program


def series(program: Program, name: str) -> dict[str, float]:
    """Return the values of a metric of the demo, by its last label."""
    families = parse_text(program.ask("/metrics", LONG).text)
    return {
        list(sample.labels.values())[-1]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def test_the_demo_needs_nothing_and_shows_several_states_at_once(program: Program) -> None:
    counts = series(program, "fusebill_jobs")
    assert sum(counts.values()) == 40
    assert len([state for state, count in counts.items() if count]) >= 5
    assert counts["running"] >= 5


def test_the_api_of_the_demo_is_up(program: Program) -> None:
    assert series(program, "fusebill_up") == {"demo": 1}


def test_the_jobs_of_the_demo_have_names_and_teams(program: Program) -> None:
    families = parse_text(program.ask("/metrics", LONG).text)
    info = next(one for one in families if one.name == "fusebill_service_job_info")
    assert len({sample.labels["job_name"] for sample in info.samples}) == 40
    assert {sample.labels["team"] for sample in info.samples} == {"billing", "pricing", "support"}
    assert len({sample.labels["job_type"] for sample in info.samples}) >= 2


def test_the_page_of_the_demo_shows_its_jobs(program: Program) -> None:
    assert program.ask("/").text.count("price-push") >= 8


def test_a_demo_ends_like_any_exporter() -> None:
    with started("demo", "--jobs=1", "--speed=1000", LOOPBACK) as program:
        assert program.ask("/-/ready").status == 200
        assert program.end() == 0


def test_the_same_seed_gives_the_same_mix() -> None:
    assert mix(jobs_of(seed=7)) == mix(jobs_of(seed=7))


def test_another_seed_gives_another_mix() -> None:
    assert mix(jobs_of(seed=7)) != mix(jobs_of(seed=8))


@pytest.mark.parametrize("count", [1, 10, 25])
def test_there_are_as_many_jobs_as_asked_for(count: int) -> None:
    assert len(jobs_of(count)) == count


def test_ten_jobs_are_a_mix_already() -> None:
    states = {job.state for job in jobs_of(10) if job is not None}
    assert {"pending", "running", "succeeded", "partial", "failed"} <= states


def test_faster_jobs_take_less_time() -> None:
    slow = [job.created for job in jobs_of() if job is not None and job.created is not None]
    fast = [
        job.created for job in jobs_of(speed=360) if job is not None and job.created is not None
    ]
    assert time.time() - min(slow) > HOUR
    assert time.time() - min(fast) < HOUR


@pytest.mark.parametrize("jobs", [1, 24, 1_000])
def test_a_demo_may_ask_its_own_api_as_much_as_that_allows(jobs: int) -> None:
    demo = make_demo(jobs, 1, 1.0)
    demo.simulator.close()
    quota = demo.loaded.config.accounts[0].quota
    assert (quota.per_minute, quota.per_day) == demo.simulator.limits


def test_a_large_demo_says_limits_that_the_exporter_believes() -> None:
    demo = make_demo(1_000, 1, 1.0)
    demo.simulator.close()
    assert demo.simulator.limits.day == MOST_TIMES_LIVE * LIVE.day


def test_the_key_of_a_demo_could_be_that_of_an_account() -> None:
    demo = make_demo(1, 1, 1.0)
    demo.simulator.close()
    key = demo.loaded.keys["demo"].loaded.reveal()
    assert key_in(key) == key == demo.simulator.api_key


def test_two_demos_have_different_keys() -> None:
    first, second = make_demo(1, 1, 1.0), make_demo(1, 1, 1.0)
    assert first.loaded.keys["demo"].loaded.reveal() != second.loaded.keys["demo"].loaded.reveal()
    assert first.loaded.keys["demo"].loaded.reveal() not in repr(first)
    first.simulator.close()
    second.simulator.close()
