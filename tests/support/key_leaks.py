"""A known key, and a search for it in texts: whole or in part, plain or in another encoding."""

import base64
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

KEY = "MDpVUjc+bVB9UkIxWnE/dXA/ZnhGeDN3Qkw7O0Fwbz9BblNHZw=="
"""A key that opens nothing. No part of it occurs in any other text."""

PART = 6
"""The least number of consecutive characters of the key that are a leak."""

_ESCAPED = re.compile(r"\\(?:u00|x)([0-9a-fA-F]{2})")


def _codings(key: str) -> Iterator[tuple[str, str, int]]:
    """Yield the name of each encoding, the key in it, and the length of a leaking part."""
    yield "as it is", key, PART
    yield "decoded", base64.b64decode(key).decode("ascii"), PART
    yield "in hexadecimal", key.encode().hex(), 2 * PART
    for before in range(3):  # base64 groups three bytes: the result depends on what precedes
        encoded = base64.b64encode(b"-" * before + key.encode()).decode("ascii")
        yield "encoded again", encoded[4 if before else 0 :].rstrip("="), 4 * PART // 3


_PARTS = {
    text[at : at + length].casefold(): name
    for name, text, length in _codings(KEY)
    for at in range(len(text) - length + 1)
}


def _readings(text: str) -> Iterator[str]:
    """Yield the text, and the text with each kind of escape undone."""
    yield text
    yield unquote(text)
    yield html.unescape(text)
    yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def leaks(text: str) -> set[str]:
    """Return the encodings in which a part of the key is in the text, in any case."""
    readings = {one.casefold() for one in _readings(text)}
    return {name for part, name in _PARTS.items() if any(part in one for one in readings)}
