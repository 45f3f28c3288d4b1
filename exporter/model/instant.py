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


def rfc3339(unix: float) -> str:
    """Write Unix seconds in UTC, without their fraction: `2026-11-24T00:00:00Z`."""
    return _rfc3339(math.floor(unix))


@lru_cache(maxsize=4096)
def _rfc3339(unix: int) -> str:
    """Write one whole second; cached because many rows of the page show the same one."""
    return datetime.fromtimestamp(unix, UTC).isoformat().removesuffix("+00:00") + "Z"
