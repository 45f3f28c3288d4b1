"""Jobs for the page to show."""

from typing import Any

from exporter.config.sections import WatchedJob
from exporter.jobs.snapshot import JobView
from exporter.model.state import State
from tests.support.snapshots import CREATED, make_job, make_reading, make_view

WORDS = {
    State.PENDING: "NotStarted",
    State.RUNNING: "Processing",
    State.SUCCEEDED: "Processed",
    State.PARTIAL: "ProcessedWithErrors",
    State.FAILED: "Failed",
    State.UNKNOWN: "Odd",
}


def named(job_id: int, name: str, state: State = State.RUNNING, **changes: Any) -> JobView:
    """Return a job in a state, just read."""
    finished = state in (State.SUCCEEDED, State.PARTIAL, State.FAILED)
    values = {
        "id": job_id,
        "state": state,
        "status": WORDS[state],
        "finished": finished,
        "completed": CREATED + 300 if finished else None,
    }
    return make_view(WatchedJob(id=job_id, name=name), make_reading(make_job(**values | changes)))


def mixed() -> list[JobView]:
    """Return a job in each of five states, in the page's order: those that need a person first."""
    return [
        named(15, "plan", State.FAILED, failed=19, total=19),
        named(14, "tax", State.PARTIAL, failed=4, total=1_204, percent_complete=100.0),
        named(13, "seats", State.RUNNING, failed=0, total=95, percent_complete=9.5),
        named(12, "prices", State.PENDING, failed=None, total=7, percent_complete=None),
        named(11, "churn", State.SUCCEEDED, failed=0, total=300, percent_complete=100.0),
    ]


def many(count: int, **changes: Any) -> list[JobView]:
    """Return `count` jobs, in all states."""
    states = list(State)
    return [named(n, f"job-{n}", states[n % len(states)], **changes) for n in range(1, count + 1)]
