"""How long to leave alone what has failed: a wait that doubles, with jitter. Pure.

The one home of every back-off: of a job, a refused key, an API that is down, and a Retry-After that
does not help.
"""

from typing import NamedTuple

from exporter.model.duration import HOUR, MINUTE
from exporter.model.failures import Failure, NotFound

JITTER = 0.1
"""A wait is lengthened by up to this share of it, so that what failed together returns apart."""

_MOST_DOUBLINGS = 32
"""No longest wait takes more, and a power of two without a bound overflows."""


class Backoff(NamedTuple):
    """The first wait and the longest, in seconds."""

    first: float
    longest: float

    def after(self, failures: int, jitter: float = 0.0) -> float:
        """Return the seconds to wait after that many failures in a row, the first being 1.

        `jitter` is from 0 to 1. The wait doubles with each failure, and is never longer than the
        longest.
        """
        wait = self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
        return min(wait * (1 + JITTER * jitter), self.longest)


KEY_REFUSED = Backoff(30.0, 15 * MINUTE)
UNREACHABLE = Backoff(5.0, MINUTE)
RETRY_AFTER = Backoff(1.0, MINUTE)
"""The least wait after each 429 in a row, where the API asks for a shorter one."""


def of_job(error: Failure, active: float) -> Backoff:
    """Return the back-off of a job whose read failed with `error`; `active` is `refresh.active`.

    The longest wait is 15 minutes, and an hour for a job that the API does not know.
    """
    longest = HOUR if isinstance(error, NotFound) else 15 * MINUTE
    return Backoff(active, max(active, longest))
