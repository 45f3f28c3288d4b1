"""The values that a YAML file may hold: null, booleans, decimal numbers, text, lists and mappings.

YAML 1.1 has more, and PyYAML builds it: `0123` is 83 and `1:30` is 90, so an id written so would
become another job's, and a long number in base 60 takes minutes. Here they are text, and so are
dates. A tag makes no other kind of a value either.
"""

import re

import yaml

_YAML = "tag:yaml.org,2002:"
_OWN = {
    f"{_YAML}int": re.compile(r"[-+]?(0|[1-9][0-9]*)$"),
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
"""Which scalars without quotes are more than text, by their first character."""

_SCALARS = {tag: pattern for resolvers in _RESOLVERS.values() for tag, pattern in resolvers} | {
    f"{_YAML}str": re.compile(r"(?s:.*)")
}
_COLLECTIONS: dict[type[yaml.Event], str] = {
    yaml.SequenceStartEvent: f"{_YAML}seq",
    yaml.MappingStartEvent: f"{_YAML}map",
}


class Loader(yaml.SafeLoader):
    """Slow, but it says what is wrong in words that help."""

    yaml_implicit_resolvers = _RESOLVERS


class FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same in C, where PyYAML was built with it: a tenth of the time for a list of ids."""

    yaml_implicit_resolvers = _RESOLVERS


def fits(event: yaml.Event) -> bool:
    """Tell whether the tag of a value, if it has one, says what such a value is without it.

    `!!str` makes text of any scalar. `!` alone fits nothing: the loaders differ in what it means.
    """
    tag: str | None = getattr(event, "tag", None)
    if tag is None:
        return True
    if isinstance(event, yaml.ScalarEvent):
        return tag in _SCALARS and _SCALARS[tag].fullmatch(event.value) is not None
    return tag == _COLLECTIONS[type(event)]
