"""One read of every job, for `check --live`, as fast as the accounts' budgets allow."""

import asyncio
from collections.abc import Callable

from exporter.config.sections import Config
from exporter.jobs.snapshot import AccountView, Snapshot
from exporter.model.duration import DAY, HOUR
from exporter.model.rate_limit import DAY_WINDOW
from exporter.quota.block import Cause
from exporter.scrape.collector import Collector

PAUSE = 1.0
"""Seconds between two rounds of reads, to wait for the next minute's share."""

GIVE_UP_AFTER = 40.0
"""Seconds without a reachable API after which to give up. Every first back-off is shorter."""

LIMITED_FOR_LONG = 90.0
"""Seconds of 429s after which to give up. The wait for one is usually a minute."""

ROUND_TIMEOUT = HOUR
"""Longest time of one round of reads, in seconds: no round takes so long unless it hangs."""


def with_each_job_read_once(config: Config) -> Config:
    """Return the configuration, changed so that a job is not due again for a day after a read.

    The values of a job are shown until then, however long the reads of the others take.
    """
    update = {"active": DAY, "finished": 0.0, "stale_after": DAY}
    refresh = config.refresh.model_copy(update=update)
    return config.model_copy(update={"refresh": refresh})


async def read_once(collector: Collector, tell: Callable[[int], None]) -> Snapshot:
    """Read every job once; return a snapshot of the results.

    Wait for the next minute's share as often as needed, and call `tell` with the number of jobs
    that still wait for it. Stop early if the rest would have to wait for the next hour or day, if
    the API keeps answering 429, or if it cannot be reached: at once if no read ever reached
    it, else after a back-off.
    """
    loop = asyncio.get_running_loop()
    told, last_up = 0, loop.time()
    while True:
        await collector.refresh(ROUND_TIMEOUT)
        snapshot = collector.snapshot()
        waiting = [account for account in snapshot.accounts if _has_more(account)]
        if any(account.up is not False for account in waiting):
            last_up = loop.time()
        waiting = [
            account
            for account in waiting
            if _was_read(account) and not _is_limited_for_long(account, snapshot.taken_at)
        ]
        if not waiting or loop.time() - last_up > GIVE_UP_AFTER:
            return snapshot
        left = sum(map(_unread, waiting))
        if left != told:
            tell(left)
            told = left
        await asyncio.sleep(PAUSE)


def _unread(account: AccountView) -> int:
    return sum(view.reading.attempted_at is None for view in account.jobs)


def _has_more(account: AccountView) -> bool:
    """Tell whether a job is unread, and the day's share allows another read."""
    return account.windows[DAY_WINDOW].budget > 0 and _unread(account) > 0


def _was_read(account: AccountView) -> bool:
    """Tell whether the account's API is not down, or has answered before."""
    return account.up is not False or any(view.job is not None for view in account.jobs)


def _is_limited_for_long(account: AccountView, now: float) -> bool:
    """Tell whether 429s have kept the account from being read for too long.

    `now` is in Unix seconds. Others use up the account's requests, nobody knows for how long.
    """
    block = account.block
    if block is None or block.cause is not Cause.RATE_LIMITED:
        return False
    return now - block.since > LIMITED_FOR_LONG
