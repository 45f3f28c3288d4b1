"""The accounts of the configuration in force: the reader of each, and what a reload keeps.

The name alone identifies an account: an account with a new name starts without readings.
"""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from exporter.api.late_client import LateClient
from exporter.config.loaded import LoadedConfig
from exporter.config.sections import Account
from exporter.jobs.ledger import Ledger
from exporter.model.attempt import Answer
from exporter.model.duration import DAY
from exporter.model.failures import Failure, ReadTimeout
from exporter.model.instant import Instant
from exporter.quota.budget import make_budget
from exporter.scrape.file_check import FileTimeouts
from exporter.scrape.key_check import KeyCheck
from exporter.scrape.refresh import AccountRefresher, Read
from exporter.scrape.threads import Threads

if TYPE_CHECKING:
    from exporter.api.client import Client

LEEWAY = 0.5
"""Seconds. Grace after the deadline for a read to end."""


@dataclass(frozen=True, slots=True)
class _Running:
    """An account that is watched, or was until `retired_at` (monotonic).

    The reads run in `threads`.
    """

    account: Account
    key_check: KeyCheck
    client: LateClient
    refresher: AccountRefresher
    threads: Threads
    retired_at: float = math.inf


class Accounts:
    """Watches the accounts of one loaded configuration, until `adopt` brings another."""

    def __init__(self, clock: Callable[[], Instant], timeouts: FileTimeouts) -> None:
        self._clock = clock
        self._timeouts = timeouts
        self._running: dict[str, _Running] = {}
        self._retired: dict[str, _Running] = {}

    @property
    def refreshers(self) -> Sequence[AccountRefresher]:
        """The refresher of each account, in the order of the configuration."""
        return [one.refresher for one in self._running.values()]

    def close(self) -> None:
        """Let the connections to the API end with the reads under way."""
        for one in self._running.values():
            one.client.close()

    def watch_jobs(self, loaded: LoadedConfig) -> None:
        """Watch the jobs of a loaded configuration that has the same accounts as before."""
        now = self._clock()
        for account in loaded.config.accounts:
            self._running[account.name].refresher.ledger.watch(loaded.jobs_of(account), now)

    def adopt(self, loaded: LoadedConfig) -> None:
        """Watch the accounts of another loaded configuration.

        Accounts that stay, or come back within a day, keep their readings. Reads under way go on
        with the old address and key.
        """
        oldest = self._clock().monotonic - DAY
        lately = {name: one for name, one in self._retired.items() if one.retired_at > oldest}
        known = lately | self._running
        accounts = loaded.config.accounts
        clients = [self._client(account, loaded) for account in accounts]
        self.close()
        self._running = {
            account.name: self._take_over(known[account.name], client, account, loaded)
            if account.name in known
            else self._make(account, client, loaded)
            for account, client in zip(accounts, clients, strict=True)
        }
        self._retire((name, one) for name, one in known.items() if name not in self._running)

    def _retire(self, left: Iterable[tuple[str, _Running]]) -> None:
        """For a day, keep the readings of accounts that are no longer watched.

        No scrape reads their jobs any more, not even one under way.
        """
        now = self._clock()
        self._retired = {
            name: replace(one, retired_at=min(one.retired_at, now.monotonic)) for name, one in left
        }
        for one in self._retired.values():
            one.refresher.ledger.retire(now)

    def _take_over(
        self, old: _Running, client: LateClient, account: Account, loaded: LoadedConfig
    ) -> _Running:
        """Continue an account by the new configuration, with its readings.

        Another address is another API, where the same ids are other jobs.
        """
        config, now = loaded.config, self._clock()
        refresher = old.refresher
        ledger = refresher.ledger
        if old.account.base_url != account.base_url:
            ledger.at_another_address()
        old.key_check.adopt(loaded.keys[account.name])
        ledger.watch(loaded.jobs_of(account), now)
        ledger.adopt(config.refresh, account.quota, config.statuses, now)
        threads = old.threads if _asks_alike(old.account, account) else _threads()
        refresher.adopt(_in_threads(threads, client), config.refresh.concurrency)
        return _Running(account, old.key_check, client, refresher, threads)

    def _make(self, account: Account, client: LateClient, loaded: LoadedConfig) -> _Running:
        """Start an account without readings and with a new budget."""
        refresh = loaded.config.refresh
        ledger = Ledger(
            account.name,
            loaded.jobs_of(account),
            refresh=refresh,
            budget=make_budget(account.quota),
            jitter=random.random,
        )
        threads = _threads()
        key_check = KeyCheck(ledger, loaded.keys[account.name], self._clock, self._timeouts)
        refresher = AccountRefresher(
            ledger,
            _in_threads(threads, client),
            concurrency=refresh.concurrency,
            clock=self._clock,
            check_key=key_check,
        )
        return _Running(account, key_check, client, refresher, threads)

    def _client(self, account: Account, loaded: LoadedConfig) -> LateClient:
        config, key = loaded.config, loaded.keys[account.name].source

        def make() -> "Client":
            from exporter.api.client import Client  # noqa: PLC0415  an eighth of a start

            return Client(
                account,
                key,
                config.refresh,
                config.statuses,
                self._clock,
                tls_files=loaded.tls_files.get(account.name),
            )

        return LateClient(make, config.refresh.timeout)


def _threads() -> Threads:
    return Threads("read")


def _asks_alike(before: Account, after: Account) -> bool:
    """Tell whether the addresses and the sources of the key and of certificates are the same.

    Then the new reads share the threads of the old ones: a source that hung may still hang.
    """
    ways = [
        (one.base_url, one.proxy_url, one.tls_config, one.api_key_file, one.api_key_env)
        for one in (before, after)
    ]
    return ways[0] == ways[1]


def _in_threads(threads: Threads, client: LateClient) -> Read:
    """Return a function that reads a job with `client`, in a thread beside the event loop.

    A read that is late has sent nothing: once a request is sent, the read ends in time. The one
    exception looks up the API's address for the connection that replaces a dead one.
    """

    async def read(job_id: int) -> Answer | Failure:
        try:
            return await threads.run(partial(client.read, job_id), client.timeout + LEEWAY)
        except TimeoutError as error:
            message = f"a key or TLS file, the API's name or a connection to it hangs: {error}"
            return ReadTimeout(message, requests=0)

    return read
