"""The demo's lively mix: jobs that run, end well or badly, stall or vanish within some hours."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from exporter.model.duration import HOUR
from exporter.simulator import Ending, SimulatedJob

_TYPES = (
    "SubscriptionProductBulkPriceChange",
    "SubscriptionProductBulkQuantityChange",
    "CustomerBulkStatusChange",
)
_NAMES = ("price-push", "seat-true-up", "plan-migration", "churn-clean-up", "tax-update")


@dataclass(frozen=True)
class _Kind:
    """One course that a job can take.

    `starts` is the range of the start, in hours from now, and `runs` the range of the duration in
    hours. `failing` is the share of the job's items that fail.
    """

    starts: tuple[float, float]
    runs: tuple[float, float]
    failing: float = 0.0
    ending: Ending = Ending.FINISHES


_KINDS = (
    _Kind(starts=(-0.5, 0.0), runs=(0.6, 3.0)),
    _Kind(starts=(-4.0, -1.0), runs=(0.1, 0.8)),
    _Kind(starts=(-3.0, -1.0), runs=(0.2, 0.7), failing=0.15),
    _Kind(starts=(-2.0, -1.0), runs=(0.3, 0.9), ending=Ending.FAILS),
    _Kind(starts=(0.05, 6.0), runs=(0.2, 2.0)),
    _Kind(starts=(-0.3, 0.0), runs=(0.4, 1.5), failing=0.08),
    _Kind(starts=(-0.2, 0.0), runs=(0.3, 0.6), ending=Ending.FAILS),
    _Kind(starts=(-0.4, -0.1), runs=(0.5, 1.0), ending=Ending.STALLS),
    _Kind(starts=(-0.1, 1.0), runs=(0.1, 0.4)),
    _Kind(starts=(-0.1, 0.2), runs=(0.2, 0.4), ending=Ending.VANISHES),
)
"""Jobs take these in turn, so that even a few are a mix of all."""

VARIED = 4
"""So many jobs are a mix with each way to end: well, in part and badly."""


def lively_jobs(
    ids: range, chance: random.Random, speed: float, now: float
) -> Iterator[tuple[str, SimulatedJob]]:
    """Yield jobs with these ids at `now` (Unix seconds), each after its name.

    `speed` is how much faster than real time the jobs run.
    """
    for index, job_id in enumerate(ids):
        kind = _KINDS[index % len(_KINDS)]
        starts = now + chance.uniform(*kind.starts) * HOUR / speed
        created = min(starts, now) - chance.uniform(20.0, 300.0) / speed
        job = SimulatedJob(
            id=job_id,
            type=_TYPES[chance.randrange(len(_TYPES))],
            total=round(10 ** chance.uniform(1.3, 4.0)),
            created=created,
            waits=starts - created,
            runs=chance.uniform(*kind.runs) * HOUR / speed,
            failing=kind.failing,
            ending=kind.ending,
            ends_at=chance.uniform(0.3, 0.8),
        )
        yield f"{_NAMES[index % len(_NAMES)]}-{job_id % 100:02}", job
