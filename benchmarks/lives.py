"""Lives of jobs whose ends the API writes late, and how the exporter shows and counts them.

    python -m benchmarks.lives

The exporter's own ledger reads each job in virtual time, at scrapes 15 s apart. The API writes half
of the ends in two steps: first an answer that is not true yet; then the truth, up to 35 s later, or
up to 150 s later if the first answer contradicts itself. In one life of eight the API fails around
the end. In one of four a field that does not matter changes later. Exits 1 if an end is shown late
or counted wrong.
"""

import json
import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.quota_account import MIDNIGHT
from benchmarks.quota_exporter import WarmLedger, seeded
from benchmarks.verdict import Verdict, report
from exporter.config.sections import Quota
from exporter.model.attempt import Answer, Attempt
from exporter.model.duration import HOUR, MINUTE
from exporter.model.failures import Failure, ServerError
from exporter.model.instant import Instant
from exporter.model.job import Job

LIVES = 1_860
INTERVAL = 15.0
LATENCY = 0.2
LATE = 2 * INTERVAL
"""Seconds within which the exporter must show the truth after the API has written it."""

LATE_AFTER_AN_OUTAGE = 2 * MINUTE
"""The same after an outage, when reads may be backing off."""

WATCHED_ON = 2 * HOUR
"""Seconds for which each job is watched after its end."""

SETTLES, SETTLES_CONTRADICTED = 35.0, 150.0

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JobLife:
    """The API's answers about one job. All times are seconds.

    `steps` are the documents, each with the time from which the API answers with it. `outcome` is
    the true end, which the API gives from `true_at` on. From `down` to `up` the API fails.
    """

    steps: tuple[tuple[float, Document], ...]
    outcome: str
    true_at: float
    down: float
    up: float

    def document(self, now: float) -> Document:
        """Return the document that the API gives at `now`."""
        return next(document for since, document in reversed(self.steps) if since <= now)

    def error(self, now: float) -> Failure | None:
        """Return how a read at `now` fails, or None."""
        if self.down <= now < self.up:
            return ServerError("the API failed (500)", 500)
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """When the exporter showed a life's true end, if it did, and the ends that it counted."""

    life: JobLife
    shown_at: float | None
    counted: Mapping[str, int]

    @property
    def late(self) -> bool:
        """Whether the true end was shown late or never."""
        life = self.life
        by = life.true_at + LATE
        if life.down < by:
            by = max(by, life.up + LATE_AFTER_AN_OUTAGE)
        return self.shown_at is None or self.shown_at > by

    @property
    def miscounted(self) -> bool:
        """Whether the exporter counted anything but one end, the true one."""
        return {state: n for state, n in self.counted.items() if n} != {self.life.outcome: 1}


def lives(number: int, seed: int) -> Iterator[JobLife]:
    """Yield `number` lives. The same seed gives the same lives."""
    chance = seeded(seed)
    for _ in range(number):
        yield _life(chance)


def _life(chance: random.Random) -> JobLife:
    total = chance.randint(2, 4_000)
    ends = chance.uniform(15 * MINUTE, 2 * HOUR)
    outcome = chance.choice(("succeeded", "partial", "failed"))
    truth = _truth(outcome, total, ends, chance)
    steps = [(0.0, _document("Processing", total, chance.randrange(total), 0))]
    true_at = ends
    if chance.random() < 0.5:  # noqa: PLR2004
        first, contradicts = _first_word(total, ends, chance)
        steps.append((ends, first))
        true_at += chance.uniform(1.0, SETTLES_CONTRADICTED if contradicts else SETTLES)
    steps.append((true_at, truth))
    if chance.random() < 1 / 4:
        steps.append((true_at + chance.uniform(10 * MINUTE, HOUR), {**truth, "isOffline": True}))
    down = up = -1.0
    if chance.random() < 1 / 8:
        down = ends + chance.uniform(-10 * MINUTE, MINUTE)
        up = down + chance.uniform(MINUTE, 20 * MINUTE)
    return JobLife(tuple(steps), outcome, true_at, down, up)


def _truth(outcome: str, total: int, ends: float, chance: random.Random) -> Document:
    """Return the API's true last document."""
    if outcome == "succeeded":
        return _ended(ends, "Processed", total, total, 0)
    if outcome == "partial":
        failed = chance.randint(1, total - 1)
        return _ended(ends, "ProcessedWithErrors", total, total - failed, failed)
    return _ended(ends, "Failed", total, chance.randrange(total), chance.choice((0, None)))


def _first_word(total: int, ends: float, chance: random.Random) -> tuple[Document, bool]:
    """Return the API's first document after an end, and whether it contradicts itself."""
    never = {"completedTimestamp": "9999-12-31T23:59:59.9999999"}
    return chance.choice(
        (
            (_document("Processed", total, None, None), True),
            ({**_ended(ends, "Processed", total, total - 1, 0), "percentComplete": 97.0}, True),
            ({**_ended(ends, "Processed", total, total, 0), "completedTimestamp": None}, True),
            (_ended(ends, "Processed", total, total, 0), False),
            (_ended(ends, "ProcessedWithErrors", total, 0, 1), False),
            (_ended(ends, "Processing", total, total, 0), False),
            ({**_document("Processing", total, 1, 0), **never}, False),
        )
    )


def _ended(ends: float, status: str, total: int, successful: int, failed: int | None) -> Document:
    percent = 100.0 * (successful + (failed or 0)) / total
    ended = {"completedTimestamp": _iso(ends), "percentComplete": percent}
    return {**_document(status, total, successful, failed), **ended}


def _document(status: str, total: int, successful: int | None, failed: int | None) -> Document:
    return {
        "id": 1,
        "status": status,
        "createdTimestamp": _iso(-MINUTE),
        "completedTimestamp": None,
        "totalCount": total,
        "totalSuccessful": successful,
        "totalFailed": failed,
        "percentComplete": None,
    }


def _iso(seconds: float) -> str:
    return f"{datetime.fromtimestamp(MIDNIGHT + seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def watch(life: JobLife) -> Seen:
    """Watch a life from its beginning until `WATCHED_ON` after its end."""
    ledger = WarmLedger(1, {}, Quota())
    shown_at, now = None, 0.0
    while now < life.true_at + WATCHED_ON:
        asked = _instant(now)
        if ledger.roster.is_due(1, asked) and not ledger.permits.halted(asked):
            ledger.permits.start(asked, watched=True, new=False)
            ledger.record(Attempt(1, asked, asked, _instant(now + LATENCY), _read(life, now)))
        (view,) = ledger.view(_instant(now + LATENCY)).jobs
        if view.state != life.outcome:
            shown_at = None
        elif shown_at is None:
            shown_at = now
        now += INTERVAL
    return Seen(life, shown_at, ledger.counters.finished)


def _read(life: JobLife, now: float) -> Answer | Failure:
    error = life.error(now)
    if error is not None:
        return error
    body = json.dumps(life.document(now)).encode()
    return Answer(200, Job.from_api(body, 1, {}, MIDNIGHT + now))


def _instant(seconds: float) -> Instant:
    return Instant(seconds, MIDNIGHT + seconds)


def verdicts() -> Iterator[Verdict]:
    """Watch the lives, and return the verdicts."""
    seen = [watch(life) for life in lives(LIVES, seed=1)]
    failures = [one for one in seen if one.life.outcome != "succeeded"]
    late, miscounted = sum(one.late for one in failures), sum(one.miscounted for one in seen)
    yield Verdict(f"of {len(failures):,} failures, shown late or never", late, 0)
    yield Verdict(f"of {len(seen):,} ends, not counted once and right", miscounted, 0)


if __name__ == "__main__":
    sys.exit(report(verdicts()))
