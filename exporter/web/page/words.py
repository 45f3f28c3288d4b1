"""Numbers and times as the page writes them."""

import math
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup, escape

_FIRST_SECOND = datetime(1, 1, 1, tzinfo=UTC).timestamp()
_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""What a datetime holds; the greatest date of .NET rounds to the second after the last."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def count(number: int | None) -> str:
    """Write a number with its thousands apart; nothing for None."""
    return "" if number is None else f"{number:,}"


def percent(number: float) -> str:
    """Write a percentage without its fraction: only what is all done has 100."""
    return f"{math.floor(number)} %"


def ratio(number: float) -> str:
    """Write a share of a whole as a percentage, with the fraction that was configured.

    It stands in a sentence, so no line may end before its sign.
    """
    return f"{100 * number:g}\N{NO-BREAK SPACE}%"


def moment(seconds: float) -> str:
    """Write Unix seconds as people read a time in UTC."""
    return iso(seconds)[:-1].replace("T", " ")


def clock(seconds: float) -> str:
    """Write the time of the day, in UTC."""
    return f"{_utc(seconds):%H:%M:%S}"


def iso(seconds: float) -> str:
    """Write Unix seconds as HTML's `datetime` and scripts read a time."""
    return _iso(math.floor(seconds))


@lru_cache(maxsize=4096)
def _iso(seconds: int) -> str:
    """Write a time that stands in many rows: jobs are read side by side."""
    return _utc(seconds).isoformat("T", "seconds").removesuffix("+00:00") + "Z"


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, _FIRST_SECOND), _LAST_SECOND), UTC)


def age(seconds: float) -> str:
    """Write a length of time in its two largest units, as the page's script does too: `2h 5m`."""
    whole = max(0, math.floor(seconds))
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR}h"


@lru_cache(maxsize=256)
def breakable(word: str) -> Markup:
    """Let a line end between the parts of a word like `BulkPriceChange`; the text stays."""
    parts = [""]
    for before, letter in zip(" " + word, word, strict=False):
        if before.islower() and letter.isupper():
            parts.append("")
        parts[-1] += letter
    return Markup("<wbr>").join(map(escape, parts))
