"""The accounts that are watched, what reads each, and what a reload leaves of it."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from exporter.budget import make_budget
from exporter.client import Client
from exporter.config import Account
from exporter.instant import Instant
from exporter.ledger import Ledger
from exporter.rate_limit import DAY, SECONDS
from exporter.refresh import AccountRefresher
from exporter.setup import Setup
from exporter.succession import Identity, predecessors
from exporter.threads import in_daemon


class _Running(NamedTuple):
    """An account that is watched, or was: who it is, what reads it, and since when it is not."""

    identity: Identity
    client: Client
    refresher: AccountRefresher
    retired_at: float = math.inf

    def current(self) -> Identity:
        """Return who it is, by the key that it was last asked with."""
        return self.identity._replace(key=self.client.key_sent or self.identity.key)


class Accounts:
    """Watches the accounts of a setup, until it is given another one."""

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self._clock = clock
        self._running: tuple[_Running, ...] = ()
        self._retired: tuple[_Running, ...] = ()

    @property
    def refreshers(self) -> Sequence[AccountRefresher]:
        """What makes the readings of each account, in the order of the configuration."""
        return [one.refresher for one in self._running]

    def close(self) -> None:
        """Give the connections to the API back."""
        for one in self._running:
            one.client.close()

    def watch_jobs(self, setup: Setup) -> None:
        """Watch the jobs that a setup names, which has the same accounts as the one before."""
        for one, account in zip(self._running, setup.config.accounts, strict=True):
            one.refresher.ledger.watch(setup.jobs_of(account))

    def adopt(self, setup: Setup) -> None:
        """Watch what a setup says, and keep what is known of the accounts that stay.

        A read that is under way goes on with what it began with.
        """
        accounts = setup.config.accounts
        clients = [self._client(account, setup) for account in accounts]
        new = [
            Identity(account.name, account.base_url, setup.keys[account.name].loaded)
            for account in accounts
        ]
        old = (*self._running, *self._retired)
        taken = predecessors(new, [one.current() for one in old])
        self.close()
        self._running = tuple(
            self._make(account, identity, client, setup)
            if index is None
            else self._take_over(
                old[index], _Running(identity, client, old[index].refresher), account, setup
            )
            for account, identity, client, index in zip(accounts, new, clients, taken, strict=True)
        )
        self._retire(one for index, one in enumerate(old) if index not in taken)

    def _retire(self, left: Iterable[_Running]) -> None:
        """Remember for a day what accounts have spent that are watched no more.

        Nothing is read for them, also not by a scrape that is under way.
        """
        now = self._clock()
        retired = [one._replace(retired_at=min(one.retired_at, now.monotonic)) for one in left]
        self._retired = tuple(
            one for one in retired if now.monotonic - one.retired_at < SECONDS[DAY]
        )
        for one in self._retired:
            one.refresher.ledger.retire()

    def _take_over(self, old: _Running, new: _Running, account: Account, setup: Setup) -> _Running:
        """Go on with an account as a setup has it, with all that is known of it.

        At another address there is another API: what was said of jobs by these ids is not of it.
        """
        config, now, before = setup.config, self._clock(), old.current()
        ledger = new.refresher.ledger
        ledger.rename(account.name)
        if before.base_url != new.identity.base_url:
            ledger.at_another_address()
        if before.key != new.identity.key:
            ledger.with_another_key(now)
        ledger.watch(setup.jobs_of(account))
        ledger.adopt(config.refresh, account.quota, config.statuses, now)
        new.refresher.adopt(in_daemon(new.client.read), config.refresh.concurrency)
        return new

    def _make(self, account: Account, identity: Identity, client: Client, setup: Setup) -> _Running:
        """Return an account of which nothing is known."""
        refresh = setup.config.refresh
        ledger = Ledger(
            account.name,
            setup.jobs_of(account),
            refresh=refresh,
            budget=make_budget(account.quota),
            jitter=random.random,
        )
        refresher = AccountRefresher(
            ledger, in_daemon(client.read), concurrency=refresh.concurrency, clock=self._clock
        )
        return _Running(identity, client, refresher)

    def _client(self, account: Account, setup: Setup) -> Client:
        config, key = setup.config, setup.keys[account.name].source
        return Client(account, key, config.refresh, config.statuses, lambda: self._clock().unix)
