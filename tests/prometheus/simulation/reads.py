"""Whether the exporter read each job in time, where nothing kept it from that. Pure."""

from collections.abc import Iterator

from tests.prometheus.simulation.evidence import Evidence, Known, limit_of
from tests.prometheus.simulation.verdict import Fault
from tests.prometheus.simulation.world import MINUTE, SCRAPE, Account, JobLife

BACK_OFF = 1.1 * 15 * MINUTE
"""The longest back-off of a job, and of a key that is refused, with its jitter."""

IN_TIME = BACK_OFF + 2 * SCRAPE
"""Seconds after any trouble until a job is read: at the scrape after the back-off at the latest."""


def judge_reads(evidence: Evidence) -> Iterator[Fault]:
    """Tell which jobs were shown too late, though the API served them and each scrape came."""
    for account in evidence.run.world.accounts:
        patience = max(IN_TIME, limit_of(account, len(account.jobs)))
        spans = tuple(_undisturbed(evidence, account))
        for job in account.jobs:
            yield from _judge(evidence, account, job, spans, patience)


def _judge(
    evidence: Evidence, account: Account, job: JobLife, spans: tuple[float, ...], patience: float
) -> Iterator[Fault]:
    for minute, since in enumerate(spans):
        now = minute * MINUTE
        begun = max(since, job.error_span[1] if job.fails(job.error_span[0]) else since)
        if job.fails(now) or now - begun < patience:
            continue
        step, known = job.at(now), evidence.at((account.name, str(job.id)), minute)
        if (
            known is None
            or known.read is None
            or not (known.confirmed or known.read > now - patience)
        ):
            yield Fault(minute, f"the exporter does not read {account.name}/{job.id}")
        elif step.since < now - patience and known.state != step.state:
            said = f"{known.state} where the API says {step.state}"
            yield Fault(minute, f"the exporter shows {account.name}/{job.id} as {said}")


def _is_read(known: Known, lately: float) -> bool:
    """Tell whether a job was read lately, or need not be."""
    return known.read is not None and (known.confirmed or known.read > lately)


def _undisturbed(evidence: Evidence, account: Account) -> Iterator[float]:
    """Yield for each minute since when nothing kept the exporter from reading (seconds)."""
    since = 0.0
    for minute in evidence.minutes:
        now = minute * MINUTE
        if account.causes(now - MINUTE, now) or not evidence.whole(minute - 1, minute):
            since = now
        yield since
