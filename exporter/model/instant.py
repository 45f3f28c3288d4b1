"""One moment in time, and the forms in which it is read and written."""

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on two clocks, both in seconds.

    `monotonic` never jumps: it decides what is due and what may be asked. `unix` is what users see
    and what the API's timestamps are compared with.
    """

    monotonic: float
    unix: float


def unix_seconds(moment: datetime) -> float:
    """Return a date and time as Unix seconds.

    Without an offset it is UTC, as the API's are.
    """
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_FIRST = -62_135_596_800.0
_LAST = 253_402_300_799.0
"""The bounds of a datetime: the first second of the year 1, and the last of the year 9999."""


def rfc3339(unix: float) -> str:
    """Write Unix seconds in UTC, without their fraction: `2026-11-24T00:00:00Z`.

    What lies outside of the years 1 to 9999, as the end of a block may with a tiny share, is
    written as their first or last second.
    """
    return _rfc3339(math.floor(min(max(unix, _FIRST), _LAST)))


@lru_cache(maxsize=4096)
def _rfc3339(unix: int) -> str:
    """Write one whole second; cached because many rows of the page show the same one."""
    return datetime.fromtimestamp(unix, UTC).isoformat().removesuffix("+00:00") + "Z"
