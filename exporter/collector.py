"""A scrape: refresh what is due in every account, then take the snapshot that is shown."""

import asyncio
from collections.abc import Callable, Sequence

from exporter.instant import Instant
from exporter.refresh import AccountRefresher, refresh_all
from exporter.snapshot import ConfigView, Snapshot

MARGIN = 0.5
"""Seconds of the scraper's own timeout that are left for the answer's way back."""


class Collector:
    """All accounts together. Lives in one event loop."""

    def __init__(
        self,
        refreshers: Sequence[AccountRefresher],
        clock: Callable[[], Instant],
        scrape_timeout: float,
    ) -> None:
        self._refreshers = tuple(refreshers)
        self._clock = clock
        self._scrape_timeout = scrape_timeout
        self._started_at = clock().unix
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether the program is about to end."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """Let every collection that waits for the API answer at once with what is known."""
        self._stopping.set()

    async def collect(self, seconds: float) -> Snapshot:
        """Read what is due, for at most so many seconds, and return what is known then.

        What is due and could not be started is counted as put off.
        """
        started = self._clock()
        put_off = await refresh_all(self._refreshers, seconds, self._stopping)
        for refresher, (reads, cause) in zip(self._refreshers, put_off, strict=True):
            refresher.ledger.tally.deferred[cause] += reads
        return self._snapshot(started)

    async def look(self, seconds: float) -> Snapshot:
        """Do the same for a person who looks: what waits for the next scrape is not put off."""
        started = self._clock()
        await refresh_all(self._refreshers, seconds, self._stopping)
        return self._snapshot(started)

    def _snapshot(self, started: Instant) -> Snapshot:
        now = self._clock()
        return Snapshot(
            accounts=tuple(one.ledger.view(now) for one in self._refreshers),
            taken_at=now.unix,
            collect_seconds=now.monotonic - started.monotonic,
            started_at=self._started_at,
            config=ConfigView(loaded_at=self._started_at),
        )

    def time_allowed(self, header: str | None) -> float:
        """Return the seconds that a scrape may take, by the scraper's timeout header.

        The header is `X-Prometheus-Scrape-Timeout-Seconds`; without one, or with one that is not
        a number of seconds over 0, the configuration's `scrape_timeout` counts.
        """
        return max(0.0, (scraper_timeout(header) or self._scrape_timeout) - MARGIN)


def scraper_timeout(header: str | None) -> float | None:
    """Return the seconds in a timeout header, None when it is no number over 0 and under a day."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    day = 86_400.0
    return seconds if 0 < seconds < day else None
