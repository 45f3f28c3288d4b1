"""Pydantic's validation errors in this project's words: a path, and what was expected there.

No message repeats a value of the file: a key pasted into the wrong place must not reach a log.
"""

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exporter.model.errors import Problem
from exporter.model.safe_text import redacted

KnownKeys = Mapping[str, Collection[str]]
"""The known keys of each section, by the section's key; the root has the empty name."""

_MEANT = {"api_key": "api_key_file"}
"""The key to suggest for an ambiguous unknown key: a file is a better place than a variable."""

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""Pydantic's errors for an unknown key: of a model, and of a dataclass."""

_TEXT = "expected text (quote what looks like a number or a boolean)"
_MAPPING = "expected a mapping of keys to values"
_EXPECTED: Mapping[str, str] = {
    "missing": "required, but missing",
    "int_type": "expected an integer",
    "float_type": "expected a number",
    "string_type": _TEXT,
    "invalid_key": _TEXT,
    "string_too_short": "expected text, but it is empty",
    "string_unicode": "expected valid Unicode, without half of a surrogate pair",
    "tuple_type": "expected a list",
    "bool_type": "expected true or false",
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "finite_number": "expected a finite number",
    "enum": "expected one of {expected}",
    "value_error": "{error}",
}
"""The message for each type of error in pydantic; its fields come from the error's context."""


def problems_of(error: ValidationError, values: object, known_keys: KnownKeys) -> list[Problem]:
    """Return every problem that the validation of `values` found."""
    details = error.errors(include_url=False, include_input=False)
    return [Problem(_path(one["loc"], values), _message(one, known_keys)) for one in details]


def in_order(problems: Collection[Problem]) -> list[Problem]:
    """Sort problems by their paths, with numbers as numbers: `jobs[2]` before `jobs[10]`."""

    def key(problem: Problem) -> list[tuple[int, str]]:
        parts = re.split(r"([0-9]+)", problem.path)
        return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]

    return sorted(problems, key=key)


def _path(location: tuple[int | str, ...], values: object) -> str:
    """Format pydantic's location as a path, such as `accounts[0].jobs[2].id`.

    A number is a key if it leads into a mapping of `values`, otherwise an index.
    """
    path = ""
    for step in location:
        if step == "[key]":
            continue
        if isinstance(step, int) and not isinstance(values, dict):
            path += f"[{step}]"
        else:
            name = redacted(str(step))
            path += f".{name}" if path else name
        values = _inside(values, step)
    return path


def _inside(values: object, step: int | str) -> object:
    if isinstance(values, dict):
        return values.get(step)
    if isinstance(values, list) and isinstance(step, int) and step < len(values):
        return values[step]
    return None


def _message(details: ErrorDetails, known_keys: KnownKeys) -> str:
    kind = details["type"]
    if kind in _UNKNOWN:
        *above, key = details["loc"]
        section = next((step for step in reversed(above) if isinstance(step, str)), "")
        meant = _MEANT.get(str(key), str(key))
        near = get_close_matches(meant, known_keys.get(section, ()), n=1)
        return f"unknown key, did you mean {near[0]}?" if near else "unknown key"
    if kind in _EXPECTED:
        return _EXPECTED[kind].format(**details.get("ctx", {}))
    return details["msg"]
