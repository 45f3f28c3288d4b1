"""One moment in time, and its conversion from dates and to text."""

import math
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on two clocks, both in seconds.

    `monotonic` never jumps: it decides which jobs are due and which requests may be sent. `unix` is
    shown to users and compared with the API's timestamps.
    """

    monotonic: float
    unix: float

    def unix_at(self, monotonic: float) -> float:
        """Return a time on the monotonic clock as Unix seconds, as the two clocks stand now.

        They are not read at the same moment, so the time is only right to the millisecond.
        """
        return round(self.unix + monotonic - self.monotonic, 3)


def now() -> Instant:
    """Return the present moment on the system's clocks."""
    return Instant(time.monotonic(), time.time())


def unix_seconds(moment: datetime) -> float:
    """Return a date and time as Unix seconds.

    A time without an offset is in UTC, as the API's are.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_FIRST = -62_135_596_800.0
_LAST = 253_402_300_799.0
"""The bounds of a datetime: the first second of the year 1, and the last of the year 9999."""


def rfc3339(unix: float) -> str:
    """Format Unix seconds in UTC, without their fraction: `2026-11-24T00:00:00Z`.

    A time outside of the years 1 to 9999 becomes the first or the last second of these: with a
    tiny share, the end of a block lies that far away.
    """
    return _rfc3339(math.floor(min(max(unix, _FIRST), _LAST)))


@lru_cache(maxsize=4096)
def _rfc3339(unix: int) -> str:
    """Format a whole second; cached because many rows of the page show the same one."""
    return datetime.fromtimestamp(unix, UTC).isoformat().removesuffix("+00:00") + "Z"
