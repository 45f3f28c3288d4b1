"""What pydantic finds wrong, in the words of this project: a path, and what was expected there.

No message repeats a value of the file: a key pasted into the wrong place must not reach a log.
"""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exporter.model.errors import Problem, told_name

KnownKeys = Mapping[str, Collection[str]]
"""The keys of each section, by the name under which it stands; the root is the empty name."""

_MEANT = {"api_key": "api_key_file"}
"""What is meant by a key that is near to several: a key is better in a file than in a variable."""

_TEXT = "expected text (quote what looks like a number or a boolean)"
_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "required, but missing",
    "int_type": lambda _: "expected an integer",
    "float_type": lambda _: "expected a number",
    "string_type": lambda _: _TEXT,
    "invalid_key": lambda _: _TEXT,
    "string_too_short": lambda _: "expected text, but it is empty",
    "string_unicode": lambda _: "expected valid Unicode, without half of a surrogate pair",
    "tuple_type": lambda _: "expected a list",
    "bool_type": lambda _: "expected true or false",
    "dict_type": lambda _: "expected a mapping of keys to values",
    "mapping_type": lambda _: "expected a mapping of keys to values",
    "model_type": lambda _: "expected a mapping of keys to values",
    "greater_than": lambda context: f"expected more than {context['gt']}",
    "greater_than_equal": lambda context: f"expected at least {context['ge']}",
    "less_than": lambda context: f"expected less than {context['lt']}",
    "less_than_equal": lambda context: f"expected at most {context['le']}",
    "finite_number": lambda _: "expected a finite number",
    "enum": lambda context: f"expected one of {context['expected']}",
    "value_error": lambda context: str(context["error"]),
}


def problems_of(error: ValidationError, values: object, known_keys: KnownKeys) -> list[Problem]:
    """Return every problem of the validation of `values`."""
    details = error.errors(include_url=False, include_input=False)
    return [Problem(path_of(one["loc"], values), _message(one, known_keys)) for one in details]


def in_order(problems: Collection[Problem]) -> list[Problem]:
    """Sort problems by their paths, with numbers as numbers: `jobs[2]` before `jobs[10]`."""

    def key(problem: Problem) -> list[tuple[int, str]]:
        parts = re.split(r"([0-9]+)", problem.path)
        return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]

    return sorted(problems, key=key)


def path_of(location: tuple[int | str, ...], values: object) -> str:
    """Write a location as users know it, `accounts[0].jobs[2].id`.

    A number is an index where `values` has a list, and a key where it has a mapping.
    """
    path = ""
    for step in location:
        if step == "[key]":
            continue
        if isinstance(step, int) and not isinstance(values, dict):
            path += f"[{step}]"
        else:
            name = told_name(str(step))
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
    if kind == "extra_forbidden":
        *above, key = details["loc"]
        section = next((step for step in reversed(above) if isinstance(step, str)), "")
        meant = _MEANT.get(str(key), str(key))
        near = get_close_matches(meant, known_keys.get(section, ()), n=1)
        return f"unknown key, did you mean {near[0]}?" if near else "unknown key"
    if kind in _EXPECTED:
        return _EXPECTED[kind](details.get("ctx", {}))
    return details["msg"]
