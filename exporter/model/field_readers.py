"""The readers of single fields of the API's answer: each checks and converts one kind of value.

A reader takes a JSON value that is not null and returns the value of the field, or None if the
value stands for "never". For a wrong value it raises ValueError saying what was expected.
Source of the fields: the API's Read Service Job call.
"""

from collections.abc import Callable
from datetime import datetime
from sys import intern

from exporter.model.duration import DAY
from exporter.model.instant import unix_seconds

LONGEST_TEXT = 128
"""Most characters of a label value made of the API's text; a longer text is cut, to end in `…`."""

LARGEST_COUNT = 2**53
"""A Prometheus value is a 64-bit float: up to this number it holds every integer exactly."""

LARGEST_ID = 2**63 - 1

_LAST_YEAR = 9999


def whole(most: int) -> Callable[[object], int]:
    """Return the reader of a whole number from 0 to `most`, in any JSON spelling: 19, 19.0, 1.9e1.

    The reader refuses a float too large to be exact.
    """

    def read(value: object) -> int:
        if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_COUNT:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            message = f"expected a whole number from 0 to {most}"
            raise ValueError(message)
        return value

    return read


def percent(value: object) -> float:
    """Read a number from 0 to 100."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 100:  # noqa: PLR2004
        message = "expected a number from 0 to 100"
        raise ValueError(message)
    return float(value)


def boolean(value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        message = "expected true or false"
        raise ValueError(message)  # noqa: TRY004  readers raise one kind of error
    return value


def length(value: object) -> int:
    """Read the length of a list."""
    if not isinstance(value, list):
        message = "expected a list"
        raise ValueError(message)  # noqa: TRY004
    return len(value)


def text(value: object) -> str:
    """Read a text as a label value: valid Unicode, at most `LONGEST_TEXT` characters.

    Half of a surrogate pair becomes `?`: JSON can contain one, but it cannot be encoded. Equal
    texts become one object: all jobs share a few types and status words.
    """
    if not isinstance(value, str):
        message = "expected a text"
        raise ValueError(message)  # noqa: TRY004
    whole_text = value.encode("utf-8", "replace").decode("utf-8")
    if len(whole_text) > LONGEST_TEXT:
        whole_text = whole_text[: LONGEST_TEXT - 1] + "…"
    return intern(whole_text)


def word(value: object) -> str:
    """Read a status word: a text that is not blank."""
    read = text(value)
    if not read.strip():
        message = "expected a word, but the text is blank"
        raise ValueError(message)
    return read


def timestamp(now: float) -> Callable[[object], float | None]:
    """Return the reader of a date in ISO 8601 as Unix seconds; `now` is in Unix seconds too.

    .NET, on which the vendor's API runs, and databases write an unset date as 1970-01-01, or as a
    date in the years 1, 1601, 1753, 1900 or 9999. So a date before 1970-01-02 or in 9999 stands for
    "never". A date more than a day ahead cannot be true.
    """

    def read(value: object) -> float | None:
        try:
            moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
            seconds = unix_seconds(moment)
        except (ValueError, TypeError, OverflowError):
            message = "expected a timestamp such as 2020-06-23T10:50:42"
            raise ValueError(message) from None
        if moment.year == _LAST_YEAR or seconds < DAY:
            return None
        if seconds > now + DAY:
            message = "expected a timestamp that is not more than a day ahead"
            raise ValueError(message)
        return seconds

    return read
