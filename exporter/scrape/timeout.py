"""How long a scrape may take, and how much of that is for reads of the API."""

import asyncio
import math

MARGIN = 0.5
"""Seconds of the scraper's own timeout that are left for the answer's way back."""

A_JOB = 100e-6
"""Seconds for the lines of one job that are written and compressed anew, on a slow machine."""

_FADES = 0.9
"""What is left, at each scrape, of what a slow one took."""

_MANY = 1000
"""With fewer jobs what a scrape takes is not theirs: it says nothing of many."""


def scraper_timeout(header: str | None) -> float | None:
    """Return the seconds in a timeout header, None when it is no number over 0 and under a day."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    day = 86_400.0
    return seconds if 0 < seconds < day else None


def time_allowed(header: str | None, otherwise: float, gone: float = 0.0) -> float:
    """Return the seconds that a scrape may still take, by the scraper's timeout header.

    The header is `X-Prometheus-Scrape-Timeout-Seconds`; without one, or with one that is not a
    number of seconds over 0, the timeout is `otherwise`. It began `gone` seconds ago.
    """
    return max(0.0, (scraper_timeout(header) or otherwise) - MARGIN - gone)


class RenderTime:
    """How long an exposition takes once its reads are over: writing the lines and compressing them.

    Nobody knows before how many jobs change, so all of them may: that takes at least `A_JOB` each,
    from the first scrape on, when nothing was measured yet; and as long as lately.
    """

    def __init__(self) -> None:
        self._a_job = A_JOB

    def time_for_reads(self, allowed: float, jobs: int) -> float:
        """Return the seconds of those allowed that reads may take; half of them at least."""
        return max(allowed / 2, allowed - jobs * self._a_job)

    def took(self, seconds: float, jobs: int) -> None:
        """Note how long an exposition took."""
        self._a_job = max(A_JOB, self._a_job * _FADES, seconds / max(jobs, _MANY))


TRIAL = 1.0
"""Seconds that a scrape waits for an API that may not answer: one that is down slows no scrape."""


class Deadline:
    """So many seconds from now. Made in a running event loop."""

    def __init__(self, seconds: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._ends = self._clock() + seconds
        self._trial_ends = math.inf

    def left(self, *, doubtful: bool) -> float:
        """Return how many seconds are left; while the API is in doubt, `TRIAL` since that began."""
        now = self._clock()
        if not doubtful:
            self._trial_ends = math.inf
        elif self._trial_ends == math.inf:
            self._trial_ends = now + TRIAL
        return min(self._ends, self._trial_ends) - now
