"""The demo's troubles: jobs with each trouble that a job can have, and accounts that are not read.

They last as long as the demo runs, so their times are real, whatever the speed of the demo.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from exporter.model.duration import DAY, HOUR
from exporter.simulator import LIVE, TESTDRIVE, Ending, Fault, Limits, SimulatedJob, Simulator

LONG_AGO = 1.5 * HOUR
"""How long ago the jobs of `READ_LONG_AGO` were read, in seconds.

That is longer than any time after which the page misses a read or progress. With 10,000 jobs in an
account, it misses a read after 70 minutes.
"""

_STALLED, _UNREADABLE, _ODD_WORD = "stalled", "unreadable", "odd-word"

READ_LONG_AGO = (_STALLED, _UNREADABLE)
"""The jobs whose trouble only a read long ago can show."""

_LONG_RUN = SimulatedJob(0, total=1_000_000, created=-100 * DAY, runs=300 * DAY)
_NEVER = 1_000 * DAY

_JOBS: Mapping[str, SimulatedJob] = {
    _STALLED: SimulatedJob(
        0, total=900, created=-5 * HOUR, runs=2 * HOUR, ending=Ending.STALLS, ends_at=0.6
    ),
    _UNREADABLE: SimulatedJob(0, total=4_000, created=-3 * HOUR, runs=8 * HOUR),
    _ODD_WORD: SimulatedJob(0, total=80, created=-HOUR, waits=_NEVER),
    "not-started": SimulatedJob(0, total=250, created=-2 * DAY, waits=_NEVER),
    "end-not-confirmed": replace(_LONG_RUN, ending=Ending.EARLY, ends_at=0.1),
    "long-run": _LONG_RUN,
}
"""A job for each trouble that is the job's own, by name. `created` counts from the demo's start.

Every 26 seconds, before the end can be confirmed, the API counts another item of
`end-not-confirmed`.
"""

TROUBLED_JOBS = len(_JOBS)


def troubled_jobs(ids: range, now: float) -> dict[str, SimulatedJob]:
    """Return the troubled jobs with these ids by their names; the demo starts at `now`."""
    return {
        name: replace(job, id=job_id, created=now + job.created)
        for (name, job), job_id in zip(_JOBS.items(), ids, strict=True)
    }


_ODD_VALUES = {"status": "Reconciling", "percentComplete": "half"}
"""An unknown word, and a field that cannot be read."""


def spoil(simulator: Simulator, jobs: Mapping[str, SimulatedJob]) -> None:
    """Let the simulator of the troubled jobs answer as it does from now on."""
    simulator.fail(Fault.NO_STATUS, jobs[_UNREADABLE].id)
    odd = jobs[_ODD_WORD]
    simulator.answer(odd.id, {**(odd.document(odd.created) or {}), **_ODD_VALUES})


class Trouble(NamedTuple):
    """Why an account is not read: what its API does, and the share that it may spend."""

    fault: Fault | None = None
    limits: Limits = LIVE
    others: float = 0.0
    share: float = 0.25


TROUBLED_ACCOUNTS: Mapping[str, Trouble] = {
    "key-refused": Trouble(Fault.FORBIDDEN),
    "unreachable": Trouble(Fault.UNAVAILABLE),
    "rate-limited": Trouble(Fault.TOO_MANY_REQUESTS_HTML),
    "share-spent": Trouble(limits=TESTDRIVE, share=0.001),  # one request now, the next in days
    "reserve-reached": Trouble(others=0.95),
}
"""An account for each trouble, by name. Each watches one job."""


def job_of_account(job_id: int, now: float) -> SimulatedJob:
    """Return the job of a troubled account."""
    return replace(_LONG_RUN, id=job_id, created=now + _LONG_RUN.created)
