"""Durations as Prometheus writes them: `30s`, `5m`, `1h30m`, `1d`.

The grammar is Prometheus's (`<duration>` in the documentation of its configuration): units from
years to milliseconds, each at most once, the largest first. A year is 365 days.
"""

import re

SECOND, MINUTE, HOUR, DAY = 1.0, 60.0, 3_600.0, 86_400.0

_UNITS = {
    "y": 365 * DAY,
    "w": 7 * DAY,
    "d": DAY,
    "h": HOUR,
    "m": MINUTE,
    "s": SECOND,
    "ms": 0.001,
}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,12}}){unit})?" for unit in _UNITS))

SCHEMA_PATTERN = f"^{''.join(f'([0-9]+{unit})?' for unit in _UNITS)}$|^0$"
"""The same grammar for a JSON Schema. The pattern also matches the empty text."""


def parse_duration(text: str) -> float:
    """Return `text` in seconds; `0` alone needs no unit.

    Raises ValueError when `text` is not a duration.
    """
    match = _DURATION.fullmatch(text)
    if text == "0":
        return 0.0
    if not text or match is None:
        message = f"not a duration: {text!r}"
        raise ValueError(message)
    return sum(int(count) * _UNITS[unit] for unit, count in match.groupdict(default="0").items())


def format_duration(seconds: float) -> str:
    """Return `seconds` as Prometheus writes it, to the millisecond: 5400 is `1h30m`, 0 is `0s`.

    Days are the largest unit written, because people count long times in days.
    """
    milliseconds = round(seconds * 1000)
    parts = []
    for unit in ("d", "h", "m", "s", "ms"):
        count, milliseconds = divmod(milliseconds, round(_UNITS[unit] * 1000))
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
