"""The time limits of a scrape: the time allowed by the scraper's timeout, and the time for reads.

The time allowed is the scraper's timeout, less a margin for the answer's way back. The deadline for
reads also leaves time to render the exposition.
"""

import asyncio
import math

from exporter.model.duration import DAY

HEADER = "X-Prometheus-Scrape-Timeout-Seconds"
"""The header in which Prometheus states its timeout."""

MARGIN = 0.5
"""Seconds of the scraper's timeout to keep for the answer's way back."""

RENDER_ONE_JOB = 50e-6
"""Seconds to write and compress the changed lines of one job, on a slow machine."""

TRIAL = 1.0
"""Seconds that a scrape waits for an API that may not answer, so that an outage slows no scrape."""

_FADES = 0.9
"""After a slow rendering, a scrape expects this part of the time that the last one expected."""

_MANY = 1000
"""The time of a rendering is spread over at least this many jobs, as a few say little."""


def time_allowed(header: str | None, otherwise: float, elapsed: float = 0.0) -> float:
    """Return the seconds that a scrape may still take.

    `header` is the value of `HEADER`. If it is missing, empty or 0, the scraper's timeout is
    `otherwise`, as Prometheus's own exporters have it. `elapsed` seconds have already passed.
    Raises ValueError if `header` is not a finite number, or is negative.
    """
    timeout = _scraper_timeout(header) if header else 0.0
    return max(0.0, (timeout or otherwise) - MARGIN - elapsed)


def _scraper_timeout(header: str) -> float:
    """Return a timeout in seconds, at most a day. Python would accept underscores in a number."""
    try:
        seconds = math.nan if "_" in header else float(header)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        message = f"{HEADER}: expected a number of seconds, such as 10"
        raise ValueError(message)
    return min(seconds, DAY)


class RenderTime:
    """The time to keep for rendering after the reads: to write and compress the exposition.

    Every job may change during a scrape. So each job counts for `RENDER_ONE_JOB` from the first
    scrape on, and for more after slow renderings.
    """

    def __init__(self) -> None:
        self._one_job = RENDER_ONE_JOB

    def time_for_reads(self, allowed: float, jobs: int) -> float:
        """Return how many of the `allowed` seconds reads may take: at least half."""
        return max(allowed / 2, allowed - jobs * self._one_job)

    def took(self, seconds: float, jobs: int) -> None:
        """Note that a rendering of `jobs` jobs took `seconds`."""
        self._one_job = max(RENDER_ONE_JOB, self._one_job * _FADES, seconds / max(jobs, _MANY))


class Deadline:
    """The deadline of a scrape's reads, `seconds` from now. Create it in a running event loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._ends = self._clock() + seconds
        self._trial_ends = math.inf

    def left(self, *, doubtful: bool) -> float:
        """Return the seconds left, negative after the deadline.

        While the API is `doubtful`, the deadline is at most `TRIAL` seconds after the doubt began.
        """
        now = self._clock()
        if not doubtful:
            self._trial_ends = math.inf
        elif self._trial_ends == math.inf:
            self._trial_ends = now + TRIAL
        return min(self._ends, self._trial_ends) - now
