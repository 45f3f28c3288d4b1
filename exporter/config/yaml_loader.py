"""The values that a YAML file may hold: null, booleans, decimal numbers, text, lists and mappings.

YAML 1.1 has more kinds, and PyYAML builds them: `0123` is 83 and `1:30` is 90. So an id written
like that would become the id of another job, and a long number in base 60 takes minutes. Here these
values are text, and so are dates. Nor can a tag turn a value into another kind.
"""

import re
from typing import Any

import yaml

_YAML = "tag:yaml.org,2002:"
STR, INT, MERGE = f"{_YAML}str", f"{_YAML}int", f"{_YAML}merge"

_OWN = {
    INT: re.compile(r"[-+]?(0|[1-9][0-9]*)$"),
    f"{_YAML}float": re.compile(
        r"([-+]?[0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?$"
        r"|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
    ),
}
_KINDS = {f"{_YAML}{kind}" for kind in ("null", "bool", "int", "float", "merge")}

_RESOLVERS = {
    first: [(tag, _OWN.get(tag, pattern)) for tag, pattern in resolvers if tag in _KINDS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""The patterns of unquoted scalars that are not text, by their first character."""

_SCALARS = {tag: pattern for resolvers in _RESOLVERS.values() for tag, pattern in resolvers} | {
    STR: re.compile(r"(?s:.*)")
}
_COLLECTIONS: dict[type[yaml.Event], str] = {
    yaml.SequenceStartEvent: f"{_YAML}seq",
    yaml.MappingStartEvent: f"{_YAML}map",
}


class Loader(yaml.SafeLoader):
    """The slow loader, whose errors say more."""

    yaml_implicit_resolvers = _RESOLVERS


class FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fast loader, in C if PyYAML was built with libyaml: ten times as fast for many ids."""

    yaml_implicit_resolvers = _RESOLVERS


def tag_fits(event: yaml.Event) -> bool:
    """Tell whether a value has no tag, or a tag that names the kind it would have anyway.

    `!!str` fits any scalar. `!` alone fits nothing, because the two loaders disagree about it.
    """
    tag: str | None = getattr(event, "tag", None)
    if tag is None:
        return True
    if isinstance(event, yaml.ScalarEvent):
        return tag in _SCALARS and _SCALARS[tag].fullmatch(event.value) is not None
    return tag == _COLLECTIONS[type(event)]


def position(mark: Any) -> str:
    """Return the line and column of a mark. The loaders' marks have no common type."""
    return f"line {mark.line + 1}, column {mark.column + 1}"
