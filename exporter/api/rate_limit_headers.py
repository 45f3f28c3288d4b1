"""The rate limits that the headers of an answer state.

Source: the section on rate limits in the API's documentation. The format of a reset is not
documented, so every usual format is accepted. Each header is read by itself: a header that is
missing, absurd or contradicted by another is ignored, and the others count.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from exporter.model.instant import unix_seconds
from exporter.model.rate_limit import LIVE, RateLimit, WindowState

MOST_TIMES_LIVE = 10
"""A limit above this many times a live account's is an error in the headers."""

_COUNT = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")

_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0
"""The years 2000 to 2099, in Unix seconds. A reset outside them is an error."""


def parse_headers(headers: Mapping[str, str]) -> RateLimit:
    """Read the headers of an answer; lookups in `headers` must ignore the case of names."""
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
    """Read one window; ignore a limit that is smaller than the number remaining."""
    limit = _count(headers.get(f"X-Rate-Limit-Limit-{name}", ""))
    remaining = _count(headers.get(f"X-Rate-Limit-Remaining-{name}", ""))
    reset = parse_time(headers.get(f"X-Rate-Limit-Reset-{name}", ""))
    plausible = limit is not None and max(1, remaining or 0) <= limit <= MOST_TIMES_LIVE * live
    return WindowState(limit if plausible else None, remaining, reset)


def _count(text: str) -> int | None:
    """Read a whole number; a header that came twice must state the same number twice."""
    (count, *others) = {part.strip() for part in text.split(",")}
    return int(count) if not others and _COUNT.fullmatch(count) else None


def parse_time(text: str) -> float | None:
    """Return a time in Unix seconds, or None if it is not a time in the years 2000 to 2099.

    `text` may be in Unix seconds or milliseconds, in ISO 8601 or in the form of an HTTP date.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        seconds = number if number <= _LATEST else number / 1000
    else:
        moment = _iso(text) or _http_date(text)
        if moment is None:
            return None
        seconds = unix_seconds(moment)
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
