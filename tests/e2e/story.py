"""The story that the alerting tests share, and the state of all programs after each chapter."""

from typing import NamedTuple

from exporter.simulator import Ending, Fault, SimulatedJob
from tests.e2e.programs import Programs, Seen
from tests.e2e.waiting import settled

RUNNING, SUCCEEDED, FAILED, PARTIAL = 2607617, 2607618, 2607619, 2607620
"""The jobs, named after how they end."""

NAMES = {RUNNING: "q1", SUCCEEDED: "q2", FAILED: "q3-price-push", PARTIAL: "q4"}

SECONDS = 10.0
"""Seconds for which the jobs that end run."""


def jobs(created: float) -> list[SimulatedJob]:
    """Return the jobs. The two that will not succeed still run at `created`."""
    return [
        SimulatedJob(RUNNING, created=created, runs=1e6),
        SimulatedJob(SUCCEEDED, created=created, runs=0.0),
        SimulatedJob(
            FAILED,
            created=created,
            total=2600,
            runs=SECONDS,
            failing=0.25,
            ending=Ending.FAILS,
            ends_at=0.5,
        ),
        SimulatedJob(PARTIAL, created=created, total=50, runs=SECONDS, failing=0.1),
    ]


ALL_READ = 'fusebill_jobs{state="unread"} == 0'
WATCHED = f'fusebill_service_job_fetch_errors_total{{job_id="{FAILED}"}}'
UNREAD = f"{WATCHED} unless on (job_id) fusebill_service_job_state"
"""Queries: every job was read; the failed job is watched; it is watched and was not read."""


class Story(NamedTuple):
    """The state of all programs at several times."""

    running: Seen  # while no job had failed
    failed: Seen  # once one had failed, and one in part
    restarted: Seen  # once Prometheus had been restarted
    outage: Seen  # when the exporter was restarted while the API was down
    back: Seen  # when the API was back
    unwatched: Seen  # when the failed job was no longer in the configuration


def in_state(job_id: int, state: str) -> str:
    """Return the query that finds a job in a state."""
    return f'fusebill_service_job_state{{job_id="{job_id}",state="{state}"}} == 1'


def play(programs: Programs) -> Story:
    """Play the story. Each wait is for something that only the programs of that moment can show.

    For example, the failed job is unread while the API is known to be down only after the restart:
    the exporter before it still had the job's values.
    """
    partial = in_state(PARTIAL, "partial")

    programs.exporter.start(NAMES.items())
    programs.wait(f"{in_state(FAILED, 'running')} and on (account) {ALL_READ}")
    running = programs.look()

    programs.clock.now += SECONDS
    programs.wait(f"{in_state(FAILED, 'failed')} and on (account) {partial}")
    settled(lambda: programs.inbox.notices, lambda notices: len(notices) > 1)
    failed = programs.look()

    programs.prometheus.end()
    programs.prometheus.start()
    programs.wait(f"{in_state(FAILED, 'failed')} and on (account) {partial}")
    restarted = programs.look()

    programs.api.fail(Fault.UNAVAILABLE)
    programs.wait("fusebill_up == 0")
    programs.exporter.start(NAMES.items())
    programs.wait(f"{UNREAD} and on (account) fusebill_up == 0")
    outage = programs.look()

    programs.api.fail(None)
    programs.wait(in_state(FAILED, "failed"))
    back = programs.look()

    programs.exporter.reload((job_id, name) for job_id, name in NAMES.items() if job_id != FAILED)
    programs.wait(f"{partial} and on (account) {ALL_READ} unless on (account) {WATCHED}")
    settled(
        lambda: programs.inbox.notices, lambda notices: "resolved" in {n.status for n in notices}
    )
    return Story(running, failed, restarted, outage, back, programs.look())
