"""What stops the reads of an account: one value, which metrics, page and log all show. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from exporter.model.instant import Instant


class Cause(StrEnum):
    """Why no read is made, as `fusebill_api_blocked` calls it."""

    RESERVE = "reserve"
    SHARE = "share"
    RATE_LIMITED = "rate_limited"
    KEY = "key"
    UNREACHABLE = "unreachable"


OF_THE_API = (Cause.KEY, Cause.UNREACHABLE)
"""The causes that only a good answer ends; they say more than how much may be asked."""

AGAIN = 300.0
"""Seconds after its end within which the same cause goes on: longer than between two scrapes."""


class Stop(NamedTuple):
    """One thing that stops reads, and the monotonic second before which it does not end."""

    cause: Cause
    until: float


@dataclass(frozen=True, slots=True)
class Block:
    """What stops the reads of an account, since when and until when (both Unix seconds).

    `until` is when the next read may be made; None where a read may be made that tells, as when an
    API that was down is tried.
    """

    cause: Cause
    since: float
    until: float | None


def _weight(stop: Stop) -> tuple[bool, bool, float]:
    return (stop.cause in OF_THE_API, stop.cause is not Cause.SHARE, stop.until)


def block(before: Block | None, stops: Iterable[Stop], now: Instant) -> Block | None:
    """Return what these stops come to; `before` is what they came to last.

    The API's own trouble counts first, then what lasts longest, and a share last. A cause that is
    found again by the next read, as a 429 each minute, goes on.
    """
    stops = list(stops)
    if not stops:
        return None
    cause = max(stops, key=_weight).cause
    until = max(stop.until for stop in stops)
    goes_on = (
        before is not None
        and before.cause is cause
        and (before.until is None or now.unix < before.until + AGAIN)
    )
    return Block(
        cause,
        since=before.since if before is not None and goes_on else now.unix,
        until=now.unix + until - now.monotonic if until > now.monotonic else None,
    )
