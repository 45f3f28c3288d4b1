"""The text of an API key: what is trimmed from it, and what is refused. Pure.

The vendor gives the key already base64, so it goes into the header unchanged. A mistake of copying
is better refused at the start than by the API. No message repeats any of the text.
"""

import re

from exporter.model.errors import SecretError

_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a\xab\xbb"
"""Quotes of shells, YAML and Markdown, and those that word processors make of them."""

_BEFORE = re.compile(r"(?:basic|bearer)\s|[A-Za-z_-]+\s*[:=]\s*[^=\s]", re.IGNORECASE)
"""What stands before the key in a request's header, in YAML or in a shell."""

_ONE_WORD = re.compile(r"[!-~]+")
"""What a header can carry as one word: visible ASCII (RFC 9110, field values)."""

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?")
"""The standard alphabet, with or without padding (RFC 4648, sections 3.2 and 4)."""


def key_in(text: str) -> str:
    """Return the key in a text, without the white space around it.

    Raises SecretError if the text is not one key in base64.
    """
    key = text.strip()
    if message := _mistake(key):
        raise SecretError(message)
    return key


def _mistake(key: str) -> str | None:
    """Return what was expected in place of a trimmed text; None if it can be a key."""
    if not key:
        return "expected an API key, but it is empty"
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return "expected the API key without quotes around it"
    if _BEFORE.match(key):
        return "expected the API key alone, without `Basic` or a name before it"
    if not _ONE_WORD.fullmatch(key):
        return "expected one API key, but it holds white space or characters outside ASCII"
    if not _BASE64.fullmatch(key):
        return "expected an API key in base64: paste it unchanged, as the vendor gave it"
    return None
