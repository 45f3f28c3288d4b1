"""The story that the tests of alerting share: what is to be seen at the end of each chapter."""

from typing import NamedTuple

from exporter.simulator import Ending, Fault, SimulatedJob
from tests.e2e.stage import Seen, Stage
from tests.e2e.waiting import settled

RUNNING, SUCCEEDED, FAILED, PARTIAL = 2607617, 2607618, 2607619, 2607620
"""The jobs, by what becomes of them."""

NAMES = {RUNNING: "q1", SUCCEEDED: "q2", FAILED: "q3-price-push", PARTIAL: "q4"}

SECONDS = 10.0
"""How long the jobs that end run."""


def jobs(created: float) -> list[SimulatedJob]:
    """Return the jobs; at `created` two of them still run that will not succeed."""
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
"""Queries: every job is read, the failed one is watched, and it is not read."""


class Story(NamedTuple):
    """What there was to be seen."""

    running: Seen  # while no job had failed
    failed: Seen  # once one had failed, and one in part
    restarted: Seen  # once Prometheus had been started anew
    outage: Seen  # when the exporter was restarted while the API was down
    back: Seen  # when the API was back
    unwatched: Seen  # when the failed job was no longer in the configuration


def in_state(job_id: int, state: str) -> str:
    """Return the query that finds a job in a state."""
    return f'fusebill_service_job_state{{job_id="{job_id}",state="{state}"}} == 1'


def tell(stage: Stage) -> Story:
    """Let it happen. Each wait is for what only the programs as they are then can show.

    So the failed job is unread, while the API is known to be down, only after the restart: the
    program of before still had its values.
    """
    partial = in_state(PARTIAL, "partial")

    stage.exporter.start(NAMES.items())
    stage.wait(f"{in_state(FAILED, 'running')} and on (account) {ALL_READ}")
    running = stage.look()

    stage.clock.now += SECONDS
    stage.wait(f"{in_state(FAILED, 'failed')} and on (account) {partial}")
    settled(lambda: stage.inbox.notices, lambda notices: len(notices) > 1)
    failed = stage.look()

    stage.prometheus.end()
    stage.prometheus.start()
    stage.wait(f"{in_state(FAILED, 'failed')} and on (account) {partial}")
    restarted = stage.look()

    stage.api.fail(Fault.UNAVAILABLE)
    stage.wait("fusebill_up == 0")
    stage.exporter.start(NAMES.items())
    stage.wait(f"{UNREAD} and on (account) fusebill_up == 0")
    outage = stage.look()

    stage.api.fail(None)
    stage.wait(in_state(FAILED, "failed"))
    back = stage.look()

    stage.exporter.reload((job_id, name) for job_id, name in NAMES.items() if job_id != FAILED)
    stage.wait(f"{partial} and on (account) {ALL_READ} unless on (account) {WATCHED}")
    settled(lambda: stage.inbox.notices, lambda notices: "resolved" in {n.status for n in notices})
    return Story(running, failed, restarted, outage, back, stage.look())
