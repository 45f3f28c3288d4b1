"""When a job is read next, and why then, in words. Pure.

Nothing is read by itself: only a scrape, or a look at the page, reads what is due. So a time is the
earliest for the scrape that reads the job.
"""

import math
from typing import NamedTuple

from exporter.jobs.due import is_due
from exporter.jobs.end_confirmation import (
    CONFIRMED_AFTER,
    CONTRADICTION_CONFIRMED_AFTER,
    REREAD_AFTER,
    contradicts_itself,
)
from exporter.jobs.reading import Reading
from exporter.jobs.snapshot import AccountView, JobView
from exporter.model.duration import format_duration
from exporter.model.instant import Instant
from exporter.quota.backoff import of_job
from exporter.quota.block import OF_THE_API, Block
from exporter.web.page.heading import heading
from exporter.web.page.turns import turns


class UpcomingRead(NamedTuple):
    """The next read of a job: `when`, and `why` then, as parts of a sentence.

    The page writes the time `at` after `when`; None: there is none to write. `due_since` is since
    when the job is due; None if it is not, or was never read. Both are Unix seconds.
    """

    when: str
    why: str
    at: float | None = None
    due_since: float | None = None


def upcoming_read(view: JobView, account: AccountView, now: Instant) -> UpcomingRead:
    """Return when a job of an account is read next."""
    reading, block = view.reading, account.block
    if reading.due_at == math.inf:
        return UpcomingRead("never again", "its end is confirmed, and refresh.finished is 0")
    due_at = now.unix_at(reading.due_at)
    if block is not None and due_at <= (now.unix if block.until is None else block.until):
        return _after_block(block, heading(account).word)
    if is_due(reading, now):
        since = None if reading.attempted_at is None else due_at
        return UpcomingRead("at the next scrape", _why_due(reading, account, now), due_since=since)
    return UpcomingRead("at the first scrape after", _why_then(reading, account), at=due_at)


def _after_block(block: Block, word: str) -> UpcomingRead:
    """Return the next read of a job that waits for the end of a block; `word` says its cause."""
    blocked = f"the account is blocked ({word})"
    if block.until is None:
        why = f"{blocked}, and one read tries the API first"
        return UpcomingRead("at the next scrape, if the API answers", why)
    if block.cause in OF_THE_API:
        why = f"{blocked}, and one read tries the API then"
    else:
        why = f"the account is blocked until then ({word})"
    return UpcomingRead("not before", why, at=block.until)


def _why_due(reading: Reading, account: AccountView, now: Instant) -> str:
    """Tell why a job that is due has not been read."""
    its = turns(account, now)
    if its.short:
        last = ", after the jobs without a confirmed end" if reading.end_confirmed else ""
        return f"it waits for its turn{last}: {its.words}"
    if reading.attempted_at is None:
        return "it has not been read yet"
    return "it is due, if it is not being read just now"


def _why_then(reading: Reading, account: AccountView) -> str:
    """Tell why a job is due at the time at which it is."""
    refresh, job = account.refresh, reading.job
    active = format_duration(refresh.active)
    if reading.error is not None:
        in_a_row = reading.failures
        failed = f"{in_a_row:,} failed reads in a row" if in_a_row > 1 else "a failed read"
        longest = format_duration(of_job(reading.error, refresh.active).longest)
        return (
            f"after {failed} it is tried again; each wait is twice the last, up to {longest}, "
            "unless the API asks for a longer one"
        )
    if job is None or not job.finished:
        return f"an unfinished job is read at most every {active} (refresh.active)"
    if not reading.end_confirmed:
        contradicts = contradicts_itself(job)
        times = CONTRADICTION_CONFIRMED_AFTER if contradicts else CONFIRMED_AFTER
        return (
            f"its end is not confirmed{' and contradicts itself' if contradicts else ''}: "
            f"until it has stood for {format_duration(times * refresh.active)}, "
            f"the job is read at most every {active} (refresh.active), as an unfinished one"
        )
    return (
        f"its end is confirmed: it is read after {REREAD_AFTER} times as long as the end stood, "
        f"but after {format_duration(refresh.finished)} at the latest (refresh.finished)"
    )
