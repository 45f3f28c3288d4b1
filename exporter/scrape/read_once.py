"""Every job read once, for `check --live`: as fast as the budget of its account allows."""

import asyncio
from collections.abc import Callable

from exporter.config.sections import Config
from exporter.jobs.snapshot import AccountView, Snapshot
from exporter.model.duration import DAY, HOUR
from exporter.model.rate_limit import DAY_WINDOW
from exporter.scrape.collector import Collector

PAUSE = 1.0
"""Seconds after which the budget is asked again for the next minute's share."""

GIVE_UP_AFTER = 40.0
"""Seconds after a failure by which any first back-off is over."""

ROUND_TIMEOUT = HOUR
"""Seconds that one round of reads may take: longer than any round that does not hang."""

WHY_UNREAD = "the account's share of its requests is spent for now, or the API cannot be reached"


def with_each_job_read_once(config: Config) -> Config:
    """Return the configuration by which a job that was read is not due again for a day."""
    refresh = config.refresh.model_copy(update={"active": DAY, "finished": 0.0})
    return config.model_copy(update={"refresh": refresh})


async def read_once(collector: Collector, tell: Callable[[int], None]) -> Snapshot:
    """Read every job once; return what is known then.

    Waits for the next minute's share, and calls `tell` with the number of jobs still unread. Ends
    where the rest would take until the next hour or day, and where the API cannot be reached: at
    once when it never was, else after a back-off.
    """
    loop = asyncio.get_running_loop()
    told, last_up = 0, loop.time()
    while True:
        await collector.refresh(ROUND_TIMEOUT)
        snapshot = collector.snapshot()
        waiting = [account for account in snapshot.accounts if _has_more(account)]
        if any(account.up is not False for account in waiting):
            last_up = loop.time()
        if not any(map(_was_read, waiting)) or loop.time() - last_up > GIVE_UP_AFTER:
            return snapshot
        left = unread(snapshot)
        if left != told:
            tell(left)
            told = left
        await asyncio.sleep(PAUSE)


def unread(snapshot: Snapshot) -> int:
    """Return how many jobs were never attempted."""
    return sum(map(_unread, snapshot.accounts))


def _unread(account: AccountView) -> int:
    return sum(view.reading.attempted_at is None for view in account.jobs)


def _has_more(account: AccountView) -> bool:
    """Tell whether a job is unread that another minute's share allows."""
    return account.windows[DAY_WINDOW].budget > 0 and _unread(account) > 0


def _was_read(account: AccountView) -> bool:
    """Tell whether the API has answered at all."""
    return account.up is not False or any(view.job is not None for view in account.jobs)
