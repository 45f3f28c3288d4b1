"""What the API says of an account's rate limits, in the headers of every answer. Pure.

Source: the rate limits of the API's documentation. The format of a reset is not documented, so
that every usual one is read. Each header stands for itself: one that is missing, absurd or
contradicted by another is left out, and the others count.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from exporter.model.rate_limit import LIVE, RateLimit, WindowState

MOST = 10
"""A limit of more than so many times a live account's is an error of the headers."""


_COUNT = re.compile(r"[0-9]{1,15}")


_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")


_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0
"""A time outside of the years 2000 to 2099 is no time of a reset."""


def parse_headers(headers: Mapping[str, str]) -> RateLimit:
    """Read the headers of an answer; `headers` finds a name in whatever case."""
    minute = _window(headers, "Minute", LIVE.minute)
    day = _window(headers, "Day", LIVE.day)
    if minute.limit and day.limit and day.limit < minute.limit:
        day = replace(day, limit=None)
    retry = headers.get("Retry-After", "").strip()
    seconds = _count(retry)
    if seconds is not None and seconds < _EARLIEST:
        return RateLimit(minute, day, retry_after=float(seconds))
    return RateLimit(minute, day, retry_at=parse_time(retry))


def _window(headers: Mapping[str, str], name: str, live: int) -> WindowState:
    """Read one window; a limit of which more remains than there is contradicts itself."""
    limit = _count(headers.get(f"X-Rate-Limit-Limit-{name}", ""))
    remaining = _count(headers.get(f"X-Rate-Limit-Remaining-{name}", ""))
    reset = parse_time(headers.get(f"X-Rate-Limit-Reset-{name}", ""))
    sound = limit is not None and max(1, remaining or 0) <= limit <= MOST * live
    return WindowState(limit if sound else None, remaining, reset)


def _count(text: str) -> int | None:
    """Read a whole number; a header that came twice with the same one says it once."""
    (count, *others) = {part.strip() for part in text.split(",")}
    return int(count) if not others and _COUNT.fullmatch(count) else None


def parse_time(text: str) -> float | None:
    """Return the Unix seconds of a time in epoch seconds or milliseconds, ISO 8601 or HTTP's form.

    A time without an offset is UTC, as all of the API's are. None when it is no time between the
    years 2000 and 2099.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        seconds = number if number <= _LATEST else number / 1000
    else:
        moment = _iso(text) or _http_date(text)
        if moment is None:
            return None
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return seconds if _EARLIEST <= seconds <= _LATEST else None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _http_date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
