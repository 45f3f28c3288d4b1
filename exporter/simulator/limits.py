"""The rate limits: two fixed windows, from which all who hold the account's key spend."""

from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple


class Limits(NamedTuple):
    """What an account may ask: requests a minute and requests a day."""

    minute: int
    day: int


LIVE = Limits(1000, 180_000)
SANDBOX = Limits(50, 5_000)
TESTDRIVE = Limits(10, 500)


class ResetFormat(Enum):
    """How the Reset headers write their time: the API's documentation does not say."""

    EPOCH = "{0}"
    EPOCH_MS = "{0}000"
    ISO = "{1:%Y-%m-%dT%H:%M:%S}"
    ISO_Z = "{1:%Y-%m-%dT%H:%M:%SZ}"
    HTTP_DATE = "{1:%a, %d %b %Y %H:%M:%S GMT}"


class Windows:
    """The minute and the UTC day of one account: fixed windows, each of which begins at nothing."""

    def __init__(self) -> None:
        self._spent: dict[tuple[str, int], int] = {}  # by the present windows

    def spend(self, minute: int, day: int, now: float) -> None:
        """Count so many requests in each at `now` (unix seconds)."""
        counts = zip(_at(now), (minute, day), strict=True)
        self._spent = {window: self._spent.get(window, 0) + count for window, count in counts}

    def reached(self, limits: Limits, now: float) -> str | None:
        """Say which limit is reached; None while there is something left of both."""
        for window, limit in zip(_at(now), limits, strict=True):
            if self._spent.get(window, 0) >= limit:
                return f"The limit of {limit} requests a {window[0].lower()} is reached."
        return None

    def headers(self, limits: Limits, now: float, style: ResetFormat) -> dict[str, str]:
        """Return the state of both, as every answer carries it."""
        headers: dict[str, str] = {}
        for (name, reset), limit in zip(_at(now), limits, strict=True):
            left = max(0, limit - self._spent.get((name, reset), 0))
            written = style.value.format(reset, datetime.fromtimestamp(reset, UTC))
            headers[f"X-Rate-Limit-Limit-{name}"] = str(limit)
            headers[f"X-Rate-Limit-Remaining-{name}"] = str(left)
            headers[f"X-Rate-Limit-Reset-{name}"] = written
        return headers


def _at(now: float) -> list[tuple[str, int]]:
    """Return both windows of that time, as their names and ends."""
    lengths = (("Minute", 60), ("Day", 86_400))
    return [(name, (int(now // seconds) + 1) * seconds) for name, seconds in lengths]
