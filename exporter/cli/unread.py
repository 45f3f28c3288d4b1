"""Why jobs were not read: the last lines of `check --live`."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain

from exporter.cli.words import lasting
from exporter.jobs.snapshot import AccountView, JobView, Snapshot
from exporter.model.failures import Failure, RateLimited
from exporter.model.safe_text import printable
from exporter.model.words import counted
from exporter.quota.block import OF_THE_API, Cause

_WHY = {
    Cause.KEY: "its API key is refused",
    Cause.UNREACHABLE: "its API cannot be read",
    Cause.RATE_LIMITED: "its API says that all requests are used up (429)",
    Cause.RESERVE: "no more than the reserve of its requests is left (quota.reserve)",
    Cause.SHARE: "the exporter's share of its requests is used up for now (quota.share)",
}


def reasons(snapshot: Snapshot) -> Iterator[str]:
    """Return a line for each reason why jobs of an account were not read.

    Jobs that failed by themselves come first, and accounts whose key is refused last.
    """
    failed = chain.from_iterable(map(_failures, snapshot.accounts))
    accounts = sorted(snapshot.accounts, key=lambda one: _cause(one) is Cause.KEY)
    stopped = (line for one in accounts for line in _stop(one, snapshot.taken_at))
    return map(printable, chain(failed, stopped))


def _failures(account: AccountView) -> Iterator[str]:
    """Yield a line for each way in which jobs failed, other than what stopped the account."""
    errors = [view.reading.error for view in _unread(account) if not _is_stopped(view, account)]
    for words, count in Counter(map(str, errors)).most_common():
        yield f"{_not_read(account, count)}: {words}."


def _stop(account: AccountView, now: float) -> Iterator[str]:
    """Yield a line with what stopped the account, if it left jobs unread; `now` is Unix seconds."""
    count = sum(_is_stopped(view, account) for view in _unread(account))
    if not count:
        return
    cause, block = _cause(account), account.block
    trouble = f": {account.trouble}" if cause in OF_THE_API else ""
    again = ""
    if block is not None and block.until is not None and cause not in OF_THE_API:
        again = f" The next read is allowed in {lasting(block.until - now)}."
    yield f"{_not_read(account, count)}, because {_WHY[cause]}{trouble}.{again}"


def _unread(account: AccountView) -> Iterator[JobView]:
    return (view for view in account.jobs if view.job is None)


def _is_stopped(view: JobView, account: AccountView) -> bool:
    """Tell whether a job was not read because of what stopped the whole account."""
    error = view.reading.error
    return error is None or _is_of_account(error, account)


def _is_of_account(error: Failure, account: AccountView) -> bool:
    """Tell whether a failure is one with what stopped the account."""
    if isinstance(error, RateLimited):
        return _cause(account) is Cause.RATE_LIMITED
    return str(error) == account.trouble


def _cause(account: AccountView) -> Cause:
    """Return what stops the account. A share that delays reads for a while only is no block."""
    return Cause.SHARE if account.block is None else account.block.cause


def _not_read(account: AccountView, count: int) -> str:
    were = "was" if count == 1 else "were"
    return f"Account {account.name}: {counted(count, 'job')} {were} not read"
