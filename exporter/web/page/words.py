"""Numbers and times as the page writes them."""

import math
from functools import lru_cache

from markupsafe import Markup, escape

from exporter.model.duration import DAY, HOUR, MINUTE
from exporter.model.instant import rfc3339


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
    return rfc3339(seconds)[:-1].replace("T", " ")


def clock(seconds: float) -> str:
    """Write Unix seconds as the time of the day in UTC."""
    return rfc3339(seconds)[11:-1]


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
