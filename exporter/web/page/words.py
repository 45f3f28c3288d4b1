"""The formats of numbers and times on the page."""

import math
from functools import lru_cache

from markupsafe import Markup, escape

from exporter.model.duration import DAY, HOUR, MINUTE
from exporter.model.instant import rfc3339

_CUT_OFF = "\N{HORIZONTAL ELLIPSIS}"


def count(number: int | None) -> str:
    """Format a number with commas between thousands; None becomes an empty text."""
    return "" if number is None else f"{number:,}"


def percent(number: float) -> str:
    """Format a percentage, rounded down: only a complete job shows 100 %."""
    return f"{math.floor(number)} %"


def ratio(number: float) -> str:
    """Format a share from 0 to 1 as a percentage, with the configured decimals.

    The text is part of a sentence, so no line may break before the percent sign.
    """
    return f"{100 * number:g}\N{NO-BREAK SPACE}%"


def moment(seconds: float) -> str:
    """Format Unix seconds as a date and time in UTC, for people."""
    return rfc3339(seconds)[:-1].replace("T", " ")


def clock(seconds: float) -> str:
    """Format Unix seconds as the time of day in UTC."""
    return rfc3339(seconds)[11:-1]


def age(seconds: float) -> str:
    """Format a duration in its two largest units, as the page's script also does: `2h 5m`.

    From 100 days on, hours say nothing.
    """
    whole = max(0, math.floor(seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE:.0f}m"
    if whole < DAY:
        return f"{whole // HOUR:.0f}h {whole % HOUR // MINUTE:.0f}m"
    if whole < 100 * DAY:
        return f"{whole // DAY:.0f}d {whole % DAY // HOUR:.0f}h"
    return f"{whole // DAY:.0f}d"


def aging(since: float, now: float) -> Markup:
    """Return the `<time>` element of an age, which the page's script keeps up to date."""
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(since), age(now - since))


def until(then: float, now: float) -> Markup:
    """Return a later time in UTC and how far away it is; without the date if within a day."""
    return Markup("{} UTC ({})").format(
        clock(then) if then - now < DAY else moment(then), _in(then, now)
    )


def dated(then: float, now: float) -> Markup:
    """Return a date and time in UTC, and how far away or how long ago it is."""
    distance = _in(then, now) if then > now else Markup("{} ago").format(aging(then, now))
    return Markup("{} UTC ({})").format(moment(then), distance)


def _in(then: float, now: float) -> Markup:
    """Return the `<time>` element of a time left, which the page's script keeps up to date."""
    return Markup('in <time class="left" datetime="{}">{}</time>').format(
        rfc3339(then), age(then - now)
    )


def short(text: str, most: int) -> str:
    """Cut a text off so that its HTML has at most `most` bytes of UTF-8."""
    if size(text) <= most:
        return text
    cut = text[: most - len(_CUT_OFF)]
    while size(cut) > most - size(_CUT_OFF):
        cut = cut[:-1]
    return cut + _CUT_OFF


def size(text: str) -> int:
    """Return the bytes of UTF-8 that a text takes in HTML."""
    return len(escape(text).encode())


@lru_cache(maxsize=256)
def breakable(word: str) -> Markup:
    """Allow line breaks between the parts of a word like `BulkPriceChange`; keep its text."""
    parts = [""]
    for before, letter in zip(" " + word, word, strict=False):
        if before.islower() and letter.isupper():
            parts.append("")
        parts[-1] += letter
    return Markup("<wbr>").join(map(escape, parts))
