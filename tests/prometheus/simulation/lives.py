"""Job lives made at random: how each kind of job begins, moves and ends."""

from collections.abc import Callable, Iterator
from random import Random

from tests.prometheus.simulation.world import DAY, HOUR, MINUTE, JobLife, Step

LONG_AGO = -100 * DAY


def succeeds(job_id: int, ends: float, chance: Random) -> JobLife:
    return _ended(job_id, "succeeds", ends, chance, "succeeded")


def fails_half_way(job_id: int, ends: float, chance: Random) -> JobLife:
    return _ended(job_id, "fails_half_way", ends, chance, "failed")


def fails_in_part(job_id: int, ends: float, chance: Random) -> JobLife:
    return _ended(job_id, "fails_in_part", ends, chance, "partial")


def is_corrected(job_id: int, ends: float, chance: Random) -> JobLife:
    """Make a job that is said to be processed and a minute later to have failed in part."""
    life = _ended(job_id, "is_corrected", ends, chance, "partial")
    *before, last = life.steps
    first = dict(last.document) | {"status": "Processed", "totalFailed": 0, "percentComplete": 99.0}
    later = Step(last.since + chance.uniform(5, 100), "partial", last.document)
    steps = (*before, Step(last.since, "succeeded", first), later)
    return JobLife(job_id, life.kind, steps)


def stalls(job_id: int, ends: float, chance: Random) -> JobLife:
    """Make a job that stands still for long, and then moves on and ends in some way."""
    total = chance.randint(50, 4_000)
    begins = chance.uniform(-HOUR, ends / 3)
    stands = begins + chance.uniform(MINUTE, HOUR)
    goes_on = stands + chance.uniform(30, 150) * MINUTE
    outcome = chance.choice(("succeeded", "failed"))
    steps = [_queued(total)]
    steps += _moving(begins, stands, (total, 0, total // 2), chance)
    steps += _moving(goes_on, goes_on + HOUR, (total, total // 2 + 1, total), chance)
    steps.append(_end(goes_on + HOUR, total, outcome, chance))
    return JobLife(job_id, "stalls", tuple(steps))


def creeps(job_id: int, ends: float, chance: Random) -> JobLife:
    """Make a job that moves every 20 to 35 minutes, which is no stall."""
    steps, at, done = [], chance.uniform(-HOUR, 0.0), 0
    while at < ends:
        steps.append(step(at, "running", "Processing", (500, done, 0)))
        at += chance.uniform(20, 35) * MINUTE
        done += 1
    return JobLife(job_id, "creeps", tuple(steps))


def waits(job_id: int, ends: float, chance: Random) -> JobLife:
    """Make a job that has not started for a day, and mostly starts in the end."""
    created = chance.uniform(0, 0.6 * ends) - DAY
    starts = chance.uniform(0, 2 * ends)
    moving = _moving(starts, starts + HOUR, (100, 0, 100), chance)
    pending = step(created, "pending", "NotStarted", (100, None, None))
    end = _end(starts + HOUR, 100, "succeeded", chance)
    steps = tuple(_created(one, created) for one in (pending, *moving, end))
    return JobLife(job_id, "waits", steps)


def says_an_unknown_word(job_id: int, ends: float, chance: Random) -> JobLife:
    begins, known = chance.uniform(-HOUR, ends / 2), chance.uniform(ends / 4, 1.5 * ends)
    odd = step(begins, "unknown", "Reticulating", (100, None, None))
    if known <= begins:
        return JobLife(job_id, "says_an_unknown_word", (odd,))
    end = _end(known, 100, chance.choice(("succeeded", "failed")), chance)
    return JobLife(job_id, "says_an_unknown_word", (odd, end))


def is_a_wrong_id(job_id: int, ends: float, chance: Random) -> JobLife:
    steps = _ended(job_id, "", ends, chance, "succeeded").steps
    return JobLife(job_id, "is_a_wrong_id", steps, 404, (LONG_AGO, 2 * ends))


def answers_500_for_ever(job_id: int, ends: float, chance: Random) -> JobLife:
    steps = _ended(job_id, "", ends, chance, "succeeded").steps
    span = (chance.uniform(-HOUR, ends / 2), 2 * ends)
    return JobLife(job_id, "answers_500_for_ever", steps, 500, span)


def answers_500_for_a_while(job_id: int, ends: float, chance: Random) -> JobLife:
    life = _ended(job_id, "", ends, chance, chance.choice(("failed", "partial")))
    begin = chance.uniform(0, ends / 2)
    span = (begin, begin + chance.uniform(5, 60) * MINUTE)
    return JobLife(job_id, "answers_500_for_a_while", life.steps, 500, span)


LIVES: tuple[tuple[Callable[[int, float, Random], JobLife], int], ...] = (
    (succeeds, 2),
    (fails_half_way, 4),
    (fails_in_part, 3),
    (is_corrected, 1),
    (stalls, 3),
    (creeps, 2),
    (waits, 2),
    (says_an_unknown_word, 1),
    (is_a_wrong_id, 1),
    (answers_500_for_ever, 1),
    (answers_500_for_a_while, 1),
)
"""What makes each kind of life, and how often there is one."""


def _ended(job_id: int, kind: str, ends: float, chance: Random, outcome: str) -> JobLife:
    total = chance.randint(4, 4_000)
    begins = chance.uniform(-2 * HOUR, 0.6 * ends)
    over = begins + chance.uniform(10 * MINUTE, ends)
    steps = [_queued(total)]
    steps += _moving(begins, over, (total, 0, total - 1), chance)
    steps.append(_end(over, total, outcome, chance))
    return JobLife(job_id, kind, tuple(steps))


def _moving(
    begin: float, end: float, counts: tuple[int, int, int], chance: Random
) -> Iterator[Step]:
    """Yield the steps of a job at work, 1 to 8 minutes apart.

    `counts` are its items, and how many are done at the beginning and at the end.
    """
    total, first, last = counts
    at = begin
    while at < end:
        done = first + int((last - first) * (at - begin) / (end - begin))
        yield step(at, "running", "Processing", (total, done, 0))
        at += chance.uniform(1, 8) * MINUTE


def _queued(total: int) -> Step:
    return step(LONG_AGO, "pending", "Queued", (total, None, None))


def _end(at: float, total: int, outcome: str, chance: Random) -> Step:
    if outcome == "succeeded":
        return step(at, outcome, "Processed", (total, total, 0), at)
    if outcome == "partial":
        failed = chance.randint(1, total - 1)
        return step(at, outcome, "ProcessedWithErrors", (total, total - failed, failed), at)
    if chance.random() < 1 / 2:
        return step(at, outcome, "Processed", (total, 0, total), at)
    return step(at, outcome, "Failed", (total, total // 2, chance.choice((0, None))), at)


Counts = tuple[int, int | None, int | None]
"""A job's items, those that succeeded, and those that failed."""


def step(
    since: float, state: str, status: str, counts: Counts, completed: float | None = None
) -> Step:
    """Return what the API says from a moment on; it writes times of its own way itself."""
    total, successful, failed = counts
    done = None if successful is None else successful + (failed or 0)
    document = {
        "accountId": 12345,
        "type": "SubscriptionProductBulkPriceChange",
        "status": status,
        "createdTimestamp": -3 * HOUR,
        "completedTimestamp": completed,
        "totalCount": total,
        "totalSuccessful": successful,
        "totalFailed": failed,
        "percentComplete": None if done is None else 100.0 * done / total,
    }
    return Step(since, state, document)


def _created(one: Step, created: float) -> Step:
    return Step(one.since, one.state, {**one.document, "createdTimestamp": created})
