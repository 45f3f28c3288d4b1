"""How long a scrape may take, by the scraper's own timeout, and what of that is for reads.

The scraper's timeout, less a margin for the answer's way back, is the time allowed; less the time
for rendering the exposition, it is the deadline for reads.
"""

import asyncio
import math

from exporter.model.duration import DAY

HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
"""The header in which Prometheus says its timeout."""

MARGIN = 0.5
"""Seconds of the scraper's timeout that are left for the answer's way back."""

RENDER_ONE_JOB = 100e-6
"""Seconds to write and compress the changed lines of one job, on a slow machine."""

TRIAL = 1.0
"""Seconds that a scrape waits for an API that may not answer, so that one that is down slows no
scrape."""

_FADES = 0.9
"""The part of a slow rendering's time that the next scrape still expects."""

_MANY = 1000
"""The least jobs over which a rendering's time is spread: a few tell nothing of many."""


def time_allowed(header: str | None, otherwise: float, elapsed: float = 0.0) -> float:
    """Return the seconds that a scrape may still take.

    `header` is the value of `HEADER`. Without one, or with one that is not a number of seconds over
    0 and under a day, the scraper's timeout is `otherwise`. `elapsed` seconds of it are gone.
    """
    return max(0.0, (_scraper_timeout(header) or otherwise) - MARGIN - elapsed)


def _scraper_timeout(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 < seconds < DAY else None


class RenderTime:
    """The time to leave for the exposition after the reads: to write its lines and compress them.

    Every job may change during a scrape. So each counts for `RENDER_ONE_JOB` from the first scrape
    on, and for more where renderings were slow of late.
    """

    def __init__(self) -> None:
        self._one_job = RENDER_ONE_JOB

    def time_for_reads(self, allowed: float, jobs: int) -> float:
        """Return the seconds of the time allowed that reads may take: at least half of them."""
        return max(allowed / 2, allowed - jobs * self._one_job)

    def took(self, seconds: float, jobs: int) -> None:
        """Note how long a rendering took."""
        self._one_job = max(RENDER_ONE_JOB, self._one_job * _FADES, seconds / max(jobs, _MANY))


class Deadline:
    """The end of a scrape's reads, some `seconds` from now. Made in a running event loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._ends = self._clock() + seconds
        self._trial_ends = math.inf

    def left(self, *, doubtful: bool) -> float:
        """Return the seconds that are left, negative when the deadline has passed.

        While the API is `doubtful`, at most `TRIAL` seconds are left from the first doubt on.
        """
        now = self._clock()
        if not doubtful:
            self._trial_ends = math.inf
        elif self._trial_ends == math.inf:
            self._trial_ends = now + TRIAL
        return min(self._ends, self._trial_ends) - now
