"""Back-offs: the waits after failures in a row, doubling, with jitter. Pure.

Every back-off is here: those of a job, a refused key, an API that is down, and a Retry-After that
does not help.
"""

from typing import NamedTuple

from exporter.model.duration import HOUR, MINUTE
from exporter.model.failures import Failure, NotFound

JITTER = 0.1
"""Jitter adds up to this share to a wait, so that jobs which failed together are retried apart."""

_MOST_DOUBLINGS = 32
"""Enough for every longest wait; 2**n without a bound overflows."""


class Backoff(NamedTuple):
    """The first wait and the longest, in seconds."""

    first: float
    longest: float

    def after(self, failures: int, jitter: float = 0.0) -> float:
        """Return the seconds to wait after `failures` failures in a row, at least 1.

        `jitter` is from 0 to 1. The wait doubles with each failure, up to `longest`.
        """
        wait = self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(wait * (1 + JITTER * jitter), self.longest)


KEY_REFUSED = Backoff(30.0, 15 * MINUTE)
UNREACHABLE = Backoff(5.0, MINUTE)
RETRY_AFTER = Backoff(1.0, MINUTE)
"""The shortest wait after each 429 in a row, even if the API asks for a shorter one."""


def of_job(error: Failure, active: float) -> Backoff:
    """Return the back-off of a job whose read failed with `error`; `active` is `refresh.active`.

    The longest wait is 15 minutes, an hour for a job that the API does not know, or `active` if
    that is longer.
    """
    longest = HOUR if isinstance(error, NotFound) else 15 * MINUTE
    return Backoff(active, max(active, longest))
