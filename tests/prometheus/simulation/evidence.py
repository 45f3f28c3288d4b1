"""What the exporter has shown of each job by each minute, and what it met when it asked. Pure.

The rules remember across restarts and missed scrapes, and so does this; but it goes by what was
shown, not by how a rule says it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from exporter.config.sections import Quota
from tests.prometheus.simulation.program import Run, Series, Shown
from tests.prometheus.simulation.world import DAY, HOUR, MINUTE, SCRAPE, Account, JobLife

_JOB = "fusebill_service_job_"
_MOVES = ("percent_complete", "items", "items_successful", "items_failed")
_STATES = ("pending", "running", "succeeded", "partial", "failed", "unknown")

KEPT = HOUR
"""Seconds for which the rules remember an exporter that cannot be scraped."""

UNREAD = 20 * MINUTE
"""A job may go unread for so long, and where the quota is known to make its turn longer, longer."""

SHARE = Quota().share


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a job at a minute by all that was shown, also before a restart.

    `read` is when it was last read well, None if never; `since` when the exporter was first seen to
    watch it, an absence of over an hour apart. `run` is the first read that showed it where it
    stands now, and `paused` for how long since it went unread for too long. `limit` is how long it
    may go unread, the longest since it was read. All of these are seconds.
    """

    since: float
    limit: float
    state: str | None = None
    read: float | None = None
    run: float | None = None
    paused: float = 0.0
    created: float | None = None
    confirmed: bool = False
    stands: tuple[object, ...] = ()

    @property
    def stood(self) -> float:
        """How long it had not moved when it was last read."""
        return 0.0 if self.read is None or self.run is None else self.read - self.run

    @property
    def stood_and_was_read(self) -> float:
        """The same, without the time for which it went unread for too long."""
        return self.stood - self.paused


@dataclass(frozen=True)
class Evidence:
    """A run, and what is known by each scrape of each job, by account and id.

    `known` has an entry for each scrape, None before the job was seen to be watched, and once the
    exporter has been away for so long that nothing is remembered.
    """

    run: Run
    known: Mapping[tuple[str, str], tuple[Known | None, ...]]

    @cached_property
    def minutes(self) -> range:
        """The whole minutes at which alerts are asked for."""
        return range(int((len(self.run.scrapes) - 1) * SCRAPE / MINUTE) + 1)

    def at(self, job: tuple[str, str], minute: float) -> Known | None:
        """Return what is known of a job at a minute."""
        return self.known[job][int(minute * MINUTE / SCRAPE)]

    def shown(self, begin: float, end: float) -> list[int]:
        """Return the scrapes in a span of minutes, both ends included, that were not missed."""
        first = max(0, int(-(-begin * MINUTE // SCRAPE)))
        last = int(end * MINUTE // SCRAPE)
        return [n for n in range(first, last + 1) if self.run.scrapes[n] is not None]

    def whole(self, begin: float, end: float) -> bool:
        """Tell whether the exporter ran and no scrape was missed in a span of minutes."""
        number = int(end * MINUTE // SCRAPE) - max(0, int(-(-begin * MINUTE // SCRAPE))) + 1
        starts = any(begin * MINUTE <= at <= end * MINUTE for at, _ in self.run.world.away)
        return len(self.shown(begin, end)) == number and not starts


def gather(run: Run) -> Evidence:
    """Gather what is known."""
    known: dict[tuple[str, str], tuple[Known | None, ...]] = {}
    for account in run.world.accounts:
        for job in account.jobs:
            known[account.name, str(job.id)] = tuple(_known(run, account, job))
    return Evidence(run, known)


def _known(run: Run, account: Account, job: JobLife) -> Iterator[Known | None]:
    known: Known | None = None
    last = 0.0
    for number, shown in enumerate(run.scrapes):
        now = number * SCRAPE
        if shown is not None:
            known = _after(known or Known(now, 0.0), shown, account, str(job.id))
            last = now
        elif now - last > KEPT:
            known = None
        yield known


def _after(before: Known, shown: Shown, account: Account, job_id: str) -> Known:
    """Return what is known once a scrape has shown more."""
    of = (("account", account.name), ("job_id", job_id))
    read = shown.get(Series(f"{_JOB}read_timestamp_seconds", of))
    said = (
        Series("fusebill_api_rate_limit", (("account", account.name), ("window", "day"))) in shown
    )
    limit = limit_of(account, _unconfirmed(shown, account)) if said else UNREAD
    failed = said and shown.get(Series(f"{_JOB}up", of)) == 0
    longest = limit if failed or read not in (None, before.read) else max(limit, before.limit)
    known = replace(before, limit=longest)
    state = _state(shown, account.name, job_id)
    if read is None or state is None:
        return known if read is None else replace(known, read=read)
    stands = (_status(shown, of), *(shown.get(Series(_JOB + name, of)) for name in _MOVES))
    stays = stands == before.stands
    gap = 0.0 if before.read is None else read - before.read
    paused = before.paused + (gap if gap > before.limit else 0.0)
    return replace(
        known,
        state=state,
        read=read,
        run=before.run if stays else read,
        paused=paused if stays else 0.0,
        created=shown.get(Series(f"{_JOB}created_timestamp_seconds", of)),
        confirmed=shown.get(Series(f"{_JOB}end_confirmed", of)) == 1,
        stands=stands,
    )


def _state(shown: Shown, account: str, job_id: str) -> str | None:
    labels = (("account", account), ("job_id", job_id))
    states = (
        state
        for state in _STATES
        if shown.get(Series(f"{_JOB}state", (*labels, ("state", state)))) == 1
    )
    return next(states, None)


def _status(shown: Shown, of: tuple[tuple[str, str], ...]) -> str | None:
    names = (one.labels for one in shown if one.name == f"{_JOB}status" and one.labels[:2] == of)
    return next((dict(labels)["status"] for labels in names), None)


def _unconfirmed(shown: Shown, account: Account) -> int:
    """Return how many jobs of an account have no confirmed end."""
    name = f"{_JOB}end_confirmed"
    of = [(("account", account.name), ("job_id", str(job.id))) for job in account.jobs]
    return sum(shown.get(Series(name, labels)) != 1 for labels in of)


def limit_of(account: Account, unconfirmed: int) -> float:
    """Return the seconds for which a job of an account may go unread, as docs promise it."""
    day, minute = SHARE * account.limits.day, SHARE * account.limits.minute
    turn = 1.1 * unconfirmed * max(DAY / day, MINUTE / minute)
    return 2 * turn if turn > UNREAD else UNREAD


def is_paced(account: Account) -> bool:
    """Tell whether the share alone keeps reads of an account over 5 minutes apart."""
    return DAY / (SHARE * account.limits.day) > 5 * MINUTE
