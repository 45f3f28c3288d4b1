"""The block: why an account is not read. Metrics, page, log and alerts share this value. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from exporter.model.instant import Instant


class Cause(StrEnum):
    """Why no read is made: the label `cause` of `fusebill_api_blocked`."""

    RESERVE = "reserve"
    SHARE = "share"
    RATE_LIMITED = "rate_limited"
    KEY = "key"
    UNREACHABLE = "unreachable"


OF_THE_API = (Cause.KEY, Cause.UNREACHABLE)
"""The causes that only a good answer ends. The others end after some time."""

OF_ANSWERS = (*OF_THE_API, Cause.RATE_LIMITED)
"""The causes that lie in what was last answered: without another answer they go on."""

AGAIN = 300.0
"""Seconds after the end of a block in which any other cause continues it. Longer than the time
between two scrapes."""


class Stop(NamedTuple):
    """One cause that stops reads, until `until` (monotonic seconds) at least."""

    cause: Cause
    until: float


@dataclass(frozen=True, slots=True)
class Block:
    """Why an account is not read, since when and until when (both Unix seconds).

    `until` is the time of the next read. None: the next read may start now, to find out whether the
    block is over.
    """

    cause: Cause
    since: float
    until: float | None


def _weight(stop: Stop) -> tuple[bool, bool, float]:
    return (stop.cause in OF_THE_API, stop.cause is not Cause.SHARE, stop.until)


def block(before: Block | None, stops: Iterable[Stop], now: Instant) -> Block | None:
    """Return the block that `stops` make, or None without a stop; `before` is the last block.

    The cause is the API's, if one is. Otherwise the stop that lasts longest gives the cause; the
    share gives it only when it is alone. A cause that the next read meets again, such as a 429
    each minute, continues the block.
    """
    stops = list(stops)
    if not stops:
        return None
    cause = max(stops, key=_weight).cause
    until = max(stop.until for stop in stops)
    continues = (
        before is not None
        and before.cause is cause
        and (cause in OF_ANSWERS or before.until is None or now.unix < before.until + AGAIN)
    )
    return Block(
        cause,
        since=before.since if before is not None and continues else now.unix,
        until=now.unix_at(until) if until > now.monotonic else None,
    )
