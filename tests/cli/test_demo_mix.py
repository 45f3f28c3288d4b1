"""The lively mix of the demo."""

import random

import pytest

from exporter.cli.demo_mix import VARIED, lively_jobs
from exporter.model.duration import HOUR
from exporter.simulator import SimulatedJob

NOW = 1_800_000_000.0
ENDS = {"Processed", "ProcessedWithErrors", "Failed"}


def mix(count: int = 24, seed: int = 1, speed: float = 1.0) -> list[tuple[str, SimulatedJob]]:
    return list(lively_jobs(range(7, 7 + count), random.Random(seed), speed, NOW))  # noqa: S311


def words(jobs: list[tuple[str, SimulatedJob]], now: float) -> set[object]:
    """Return the status words of the jobs at some time; None for those that have vanished."""
    documents = [job.document(now) for _, job in jobs]
    return {None if document is None else document["status"] for document in documents}


def test_the_same_seed_gives_the_same_mix() -> None:
    assert mix(seed=7) == mix(seed=7)


def test_another_seed_gives_another_mix() -> None:
    assert mix(seed=7) != mix(seed=8)


def test_each_id_is_a_job_with_a_name() -> None:
    jobs = mix(40)
    assert [job.id for _, job in jobs] == list(range(7, 47))
    assert len({name for name, _ in jobs}) == 40
    assert len({job.type for _, job in jobs}) >= 2


@pytest.mark.parametrize("seed", range(5))
def test_few_jobs_are_a_mix_already(seed: int) -> None:
    assert words(mix(VARIED, seed), NOW) == {"Processing", *ENDS}
    assert words(mix(10, seed), NOW) >= {"NotStarted", "Processing", *ENDS}


def test_after_a_day_the_mix_has_ended_or_stalled() -> None:
    assert words(mix(), NOW + 24 * HOUR) == {None, "Processing", *ENDS}


def test_faster_jobs_take_less_time() -> None:
    slow, fast = ([job.created for _, job in mix(speed=speed)] for speed in (1.0, 360.0))
    assert min(slow) < NOW - HOUR < min(fast)
