"""The check for a changed key file at the start of each scrape and probe.

While a key is refused nothing is read, so no read would notice another key in the file.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress

from exporter.config.api_key import KeyFile, Secret
from exporter.config.loaded import Key
from exporter.jobs.ledger import Ledger
from exporter.model.instant import Instant
from exporter.scrape.file_check import FileCheck, FileTimeouts
from exporter.scrape.threads import Threads

_REFUSED = 8
"""Most refused keys to remember: a file that is written with them in turn ends no back-off."""


class KeyCheck:
    """Follows the key of one account, and tells the ledger when it is another one.

    Only a file can change: the environment of a process stays as it is. Lives in one event loop.
    """

    def __init__(
        self, ledger: Ledger, key: Key, clock: Callable[[], Instant], timeouts: FileTimeouts
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._timeouts = timeouts
        self._key = key.loaded
        self._refused: deque[Secret] = deque(maxlen=_REFUSED)
        self.adopt(key)

    def adopt(self, key: Key) -> None:
        """Follow the key of another configuration. A check under way no longer counts."""
        self._source = key.source
        self._threads = Threads("look at the key file", most_late=1)
        self._file_check = FileCheck(self._check, self._timeouts.scrape)
        self._note(key.loaded)

    async def __call__(self, seconds: float) -> None:
        """Look at the key file for at most `seconds`; a file that hangs delays no scrape long."""
        if isinstance(self._source, KeyFile):
            await self._file_check(seconds)

    async def _check(self) -> None:
        source = self._source
        with suppress(TimeoutError):  # a read says so
            key = await self._threads.run(source.read, self._timeouts.load)
            if source is self._source:
                self._note(key)

    def _note(self, key: Secret) -> None:
        """Note what a look at the key has found."""
        source = self._source
        self._ledger.key_problem = source.problem if isinstance(source, KeyFile) else None
        if self._ledger.up:
            self._refused.clear()
        before, self._key = self._key, key
        if key == before:
            return
        if self._ledger.permits.breaker.key_refused and before not in self._refused:
            self._refused.append(before)
        if key not in self._refused:
            self._ledger.with_another_key(self._clock())
