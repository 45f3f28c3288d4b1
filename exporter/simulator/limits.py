"""The rate limits of an account: two fixed windows, shared by all users of its key."""

from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple


class Limits(NamedTuple):
    """The requests that an account may make in a minute and in a day."""

    minute: int
    day: int


LIVE = Limits(1000, 180_000)
SANDBOX = Limits(50, 5_000)
TESTDRIVE = Limits(10, 500)


class ResetFormat(Enum):
    """The formats that Reset headers may have: the API's documentation names none."""

    EPOCH = "{0}"
    EPOCH_MS = "{0}000"
    ISO = "{1:%Y-%m-%dT%H:%M:%S}"
    ISO_Z = "{1:%Y-%m-%dT%H:%M:%SZ}"
    HTTP_DATE = "{1:%a, %d %b %Y %H:%M:%S GMT}"


class Windows:
    """One account's minute and UTC day. Both are fixed windows.

    `others` is the share (0 to 1) of each limit that is spent as soon as a window begins.
    """

    def __init__(self, others: float = 0.0) -> None:
        self._others = others
        self._spent: dict[tuple[str, int], int] = {}  # by window: its name and its end

    def spend(self, minute: int, day: int, now: float) -> None:
        """Count requests in the minute and in the day, at `now` (Unix seconds)."""
        counts = zip(_at(now), (minute, day), strict=True)
        self._spent = {window: self._spent.get(window, 0) + count for window, count in counts}

    def reached(self, limits: Limits, now: float) -> str | None:
        """Return a sentence that names the limit that is reached; None if neither is."""
        for window, limit in zip(_at(now), limits, strict=True):
            if self._spent_of(window, limit) >= limit:
                return f"The limit of {limit} requests a {window[0].lower()} is reached."
        return None

    def headers(self, limits: Limits, now: float, style: ResetFormat) -> dict[str, str]:
        """Return the headers of every answer: the state of both windows."""
        headers: dict[str, str] = {}
        for (name, reset), limit in zip(_at(now), limits, strict=True):
            left = max(0, limit - self._spent_of((name, reset), limit))
            written = style.value.format(reset, datetime.fromtimestamp(reset, UTC))
            headers[f"X-Rate-Limit-Limit-{name}"] = str(limit)
            headers[f"X-Rate-Limit-Remaining-{name}"] = str(left)
            headers[f"X-Rate-Limit-Reset-{name}"] = written
        return headers

    def _spent_of(self, window: tuple[str, int], limit: int) -> int:
        return self._spent.get(window, 0) + round(self._others * limit)


def _at(now: float) -> list[tuple[str, int]]:
    """Return both windows at `now`, each as its name and its end (Unix seconds)."""
    lengths = (("Minute", 60), ("Day", 86_400))
    return [(name, (int(now // seconds) + 1) * seconds) for name, seconds in lengths]
