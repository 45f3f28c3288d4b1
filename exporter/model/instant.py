"""One moment, as the rest of the program is told it, and as its log tells it."""

from datetime import UTC, datetime
from typing import NamedTuple


class Instant(NamedTuple):
    """One moment on two clocks, both in seconds.

    `monotonic` is for what is due and what may be asked, and never jumps; `unix` is for what users
    see, and for the times that the API names.
    """

    monotonic: float
    unix: float


def rfc3339(unix: float) -> str:
    """Write Unix seconds as a time of UTC, to the second: `2026-11-24T00:00:00Z`."""
    return f"{datetime.fromtimestamp(unix, UTC):%Y-%m-%dT%H:%M:%SZ}"
