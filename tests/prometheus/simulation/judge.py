"""What the alerts about a run did wrong, in sentences. Pure.

A failure that was shown is an alert at once and for as long as it stands; no alert says what is not
so; no job goes unread in silence; no text names another cause than the one that was met.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.prometheus.simulation.blocks import judge_blocks
from tests.prometheus.simulation.evidence import KEPT, Evidence, Known
from tests.prometheus.simulation.promtool import Alert
from tests.prometheus.simulation.reads import judge_reads
from tests.prometheus.simulation.verdict import Fault, merged
from tests.prometheus.simulation.words import judge_words
from tests.prometheus.simulation.world import DAY, MINUTE, SCRAPE

SLACK = 2 * MINUTE
"""An age goes by the last scrape, up to two of which may have been missed, and by evaluations."""

FORGETS = 2 * MINUTE
"""The same for the hour for which an exporter that is away is remembered."""

STALLED, UNKNOWN, NOT_STARTED = 40 * MINUTE, 15 * MINUTE, DAY

DOWN = 10
"""Minutes for which an exporter is down before that is an alert."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When an alert of a job must fire and when it may, by what is known and the seconds now."""

    must: Callable[[Known, float], bool]
    may: Callable[[Known, float], bool]


def _in_state(state: str) -> Rule:
    return Rule(lambda known, _: known.state == state, lambda known, _: known.state == state)


def _stands(state: str, threshold: float) -> Rule:
    return Rule(
        lambda known, _: known.state == state and known.stood_and_was_read > threshold + SLACK,
        lambda known, _: known.state == state and known.stood > threshold - SLACK,
    )


def _waited(known: Known) -> float:
    """Return for how long a job had waited when it was last read."""
    if known.state != "pending" or known.read is None or known.created is None:
        return 0.0
    return known.read - known.created


def _unread(known: Known, now: float) -> float:
    """Return for how long a job without a confirmed end was not read, beyond its limit."""
    if known.confirmed:
        return -known.limit
    return now - (known.since if known.read is None else known.read) - known.limit


OF_JOBS: Mapping[str, Rule] = {
    "FusebillServiceJobFailed": _in_state("failed"),
    "FusebillServiceJobPartiallyFailed": _in_state("partial"),
    "FusebillServiceJobStateUnknown": _stands("unknown", UNKNOWN),
    "FusebillServiceJobStalled": _stands("running", STALLED),
    "FusebillServiceJobNotStarted": Rule(
        lambda known, _: _waited(known) > NOT_STARTED + SLACK,
        lambda known, _: _waited(known) > NOT_STARTED - SLACK,
    ),
    "FusebillServiceJobUnread": Rule(
        lambda known, now: _unread(known, now) > SLACK,
        lambda known, now: _unread(known, now) > -MINUTE,
    ),
}
"""The alerts of one job."""


def judge(evidence: Evidence, alerts: Iterable[Alert]) -> list[str]:
    """Return what is wrong, in the order of the minutes."""
    alerts = tuple(alerts)
    faults = [
        *_judge_jobs(evidence, alerts),
        *_judge_down(evidence, alerts),
        *_judge_twice(alerts),
        *judge_reads(evidence),
        *judge_blocks(evidence, alerts),
        *judge_words(evidence, alerts),
    ]
    return merged(faults)


def _judge_jobs(evidence: Evidence, alerts: tuple[Alert, ...]) -> Iterator[Fault]:
    """Tell which alerts of a job are missing, and which are false."""
    firing = {(alert.name, alert.of, alert.minute) for alert in alerts}
    for job in evidence.known:
        for minute in evidence.minutes:
            for name, rule in OF_JOBS.items():
                fires = (name, job, minute) in firing
                if not fires and _must(rule, evidence, job, minute):
                    yield Fault(minute, f"{name} of {'/'.join(job)} is missing")
                if fires and not _may(rule, evidence, job, minute):
                    yield Fault(minute, f"{name} of {'/'.join(job)} is false")


def _judge_twice(alerts: tuple[Alert, ...]) -> Iterator[Fault]:
    """Tell which alerts fire more than once about the same."""
    times = Counter((alert.minute, alert.name, alert.of) for alert in alerts)
    for (minute, name, of), number in times.items():
        if number > 1:
            about = "/".join(part for part in of if part)
            yield Fault(minute, f"{name} of {about} fires {number} times")


def _must(rule: Rule, evidence: Evidence, job: tuple[str, str], minute: int) -> bool:
    """Tell whether an alert must fire, for which it has had an evaluation besides this one."""
    known, before = evidence.at(job, minute), evidence.at(job, max(0, minute - 1))
    if (
        known is None
        or before is None
        or not evidence.shown(minute - (KEPT - FORGETS) / MINUTE, minute)
    ):
        return False
    now = minute * MINUTE
    return rule.must(known, now) and rule.must(before, now - MINUTE)


def _may(rule: Rule, evidence: Evidence, job: tuple[str, str], minute: int) -> bool:
    """Tell whether an alert may fire, by what is known now or was at the last evaluation."""
    now = minute * MINUTE
    lately = [evidence.at(job, max(0.0, now - ago) / MINUTE) for ago in (0.0, SCRAPE)]
    if lately == [None, None]:
        lately = [evidence.at(job, max(0.0, now - FORGETS) / MINUTE)]
    return any(known is not None and rule.may(known, now) for known in lately)


def _judge_down(evidence: Evidence, alerts: tuple[Alert, ...]) -> Iterator[Fault]:
    """Tell where an exporter that is away is no alert, and one that is there is one."""
    firing = {alert.minute for alert in alerts if alert.name == "FusebillExporterDown"}
    for minute in evidence.minutes:
        if minute in firing and evidence.shown(minute - DOWN + 1, minute):
            yield Fault(minute, "FusebillExporterDown is false")
        long_ago = minute - DOWN - SLACK / MINUTE
        if minute not in firing and long_ago >= 0 and not evidence.shown(long_ago, minute):
            yield Fault(minute, "FusebillExporterDown is missing")
