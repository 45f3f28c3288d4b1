"""Text from outside, made safe to show in a log line or an error message."""

import re

_WORD = r"[0-9]{0,3}(?:[A-Z]+|[A-Z]?[a-z\x80-\uffff]+(?:[A-Z][a-z]{2,})*)[0-9]{0,3}"
_NAME = rf"_*{_WORD}(?:[_. -](?:{_WORD}|[0-9]{{1,3}}))*_*|[0-9]{{1,19}}"
"""A name as people and programs write it, such as `base_url` or `baseUrl`, or the id of a job.

It is compiled when it is first needed: that takes 3 ms, and most starts need no error message.
"""

_LONGEST_NAME = 40


def redacted(name: str) -> str:
    """Return a name from a user's file, or `(…)` if it may be a secret in the wrong place."""
    return name if len(name) <= _LONGEST_NAME and re.fullmatch(_NAME, name) else "(…)"


def printable(text: str) -> str:
    """Return `text` as one line: escape characters that end a line or move the cursor."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )
