"""Numbers and times as the page writes them."""

import math
from datetime import UTC, datetime
from functools import lru_cache

from markupsafe import Markup, escape

from exporter.model.duration import DAY, HOUR, MINUTE

_FIRST_SECOND = datetime(1, 1, 1, tzinfo=UTC).timestamp()
_LAST_SECOND = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
"""The bounds of a datetime. The greatest date of .NET rounds to the second after the last."""


def count(number: int | None) -> str:
    """Write a number with separated thousands, None as nothing."""
    return "" if number is None else f"{number:,}"


def percent(number: float) -> str:
    """Write a percentage without its fraction, so only what is complete has 100."""
    return f"{math.floor(number)} %"


def ratio(number: float) -> str:
    """Write a share from 0 to 1 as a percentage, with the fraction that was configured.

    It stands in a sentence, so no line may break before the sign.
    """
    return f"{100 * number:g}\N{NO-BREAK SPACE}%"


def moment(seconds: float) -> str:
    """Write Unix seconds as a date and time in UTC, for people."""
    return iso(seconds)[:-1].replace("T", " ")


def clock(seconds: float) -> str:
    """Write Unix seconds as the time of the day in UTC."""
    return iso(seconds)[11:-1]


def iso(seconds: float) -> str:
    """Write Unix seconds as a time for HTML's `datetime` and for scripts (RFC 3339)."""
    return _iso(math.floor(seconds))


@lru_cache(maxsize=4096)
def _iso(seconds: int) -> str:
    """Write a time, once for the many rows that it stands in: jobs are read side by side."""
    time = datetime.fromtimestamp(min(max(seconds, _FIRST_SECOND), _LAST_SECOND), UTC)
    return time.isoformat("T", "seconds").removesuffix("+00:00") + "Z"


def age(seconds: float) -> str:
    """Write a duration in its two largest units, as the page's script does too: `2h 5m`."""
    whole = max(0, math.floor(seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE:.0f}m"
    if whole < DAY:
        return f"{whole // HOUR:.0f}h {whole % HOUR // MINUTE:.0f}m"
    return f"{whole // DAY:.0f}d {whole % DAY // HOUR:.0f}h"


@lru_cache(maxsize=256)
def breakable(word: str) -> Markup:
    """Let a line break between the parts of a word like `BulkPriceChange`; its text stays."""
    parts = [""]
    for before, letter in zip(" " + word, word, strict=False):
        if before.islower() and letter.isupper():
            parts.append("")
        parts[-1] += letter
    return Markup("<wbr>").join(map(escape, parts))
