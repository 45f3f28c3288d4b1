"""Parsers of log lines, as strict as log collectors are."""

import json
import re
from typing import Any

_BARE = r'[^ "=\x00-\x1f]*'
_QUOTED = r'"(?:[^"\\\x00-\x1f]|\\["\\n])*"'
_PAIR = re.compile(rf"([a-z_]+)=({_QUOTED}|{_BARE})(?: |$)")
_ESCAPE = re.compile(r"\\(.)")


def read_logfmt(line: str) -> dict[str, Any]:
    """Return the pairs of a line of logfmt. Raises ValueError if the line is malformed."""
    event: dict[str, Any] = {}
    at = 0
    while at < len(line):
        pair = _PAIR.match(line, at)
        if pair is None or pair[1] in event:
            message = f"expected another key=value at {at}: {line}"
            raise ValueError(message)
        event[pair[1]] = _text(pair[2])
        at = pair.end()
    return event


def _text(value: str) -> str:
    if not value.startswith('"'):
        return value
    return _ESCAPE.sub(lambda found: {"n": "\n"}.get(found[1], found[1]), value[1:-1])


def read_json(line: str) -> dict[str, Any]:
    """Return the object in a line of JSON. Raises ValueError if there is none."""
    event = json.loads(line)
    if not isinstance(event, dict):
        message = f"expected an object: {line}"
        raise ValueError(message)  # noqa: TRY004  like json's own error
    return event


READERS = {"logfmt": read_logfmt, "json": read_json}
"""The parsers by the value of `--log.format`."""
