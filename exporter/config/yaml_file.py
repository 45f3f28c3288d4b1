"""YAML files of users: safe values, and every key that stands twice.

PyYAML keeps the last of two equal keys without a word, so the tree is looked through before its
values are built.
"""

import math
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from exporter.config.garbage import uncollected
from exporter.config.user_file import read_file
from exporter.config.yaml_loader import FastLoader, Loader, fits
from exporter.model.errors import ConfigError, Problem, UnreadableError, told_name

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes of a file that are read at most; a file of 10,000 jobs with names has about 1 MiB."""

_SHORT_QUOTE = 4
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


_DEEPEST = 100
"""How deep a file may nest: far deeper than any of ours, and no stack overflows."""

_MOST_REPEATED = 100_000
"""How many values may stand in a file for the second time, by its aliases and merge keys."""

_MORE = 100
"""Characters for which a text counts as one value more there."""

_DIRECTIVE = re.compile("^%", re.MULTILINE)
_MOST_DIRECTIVES = 10
"""How many directives a file may have: the parser compares each with all that came before it."""

_MOST_VALUES = 500_000
"""How many values may stand in a file; 40,000 jobs with names and labels have about as many."""

_MOST_DUPLICATES = 1_000
"""How many keys that stand twice are reported; each is said with its path, which may be long."""

_SHORT_TEXT = 16 * 1024
"""Characters that the slow loader takes in well under a second; it says better what is wrong."""


def load_yaml(file: Path, *, or_pipe: bool = False) -> tuple[object, list[Problem]]:
    """Return the values in a YAML file (None when it is empty) and its duplicate keys.

    With `or_pipe`, waits for what comes out of a pipe in its place. Raises ConfigError when the
    file cannot be read or is not YAML.
    """
    return parse_yaml(read(file, or_pipe=or_pipe), file)


def read(file: Path, *, or_pipe: bool = False) -> bytes:
    """Return what is in a file; raise ConfigError when it cannot be read or is too large."""
    try:
        return read_file(file, LARGEST_FILE, or_pipe=or_pipe).data
    except UnreadableError as error:
        raise ConfigError(file, [Problem("", str(error))]) from None


def parse_yaml(raw: bytes, file: Path) -> tuple[object, list[Problem]]:
    """Return the values in the text of a YAML file, None when it is empty, and its duplicate keys.

    Raises ConfigError when it is not YAML. Nothing of the text is repeated in it, since that may be
    a secret.
    """
    try:
        with uncollected():
            return _build(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError:
        raise ConfigError(file, [Problem("", "expected YAML in UTF-8")]) from None
    except yaml.YAMLError as error:
        raise ConfigError(file, [Problem("", f"expected YAML{_place(error)}")]) from None
    except (RecursionError, ValueError, TypeError, OverflowError, LookupError, AttributeError):
        raise ConfigError(file, [Problem("", "expected YAML of plain values")]) from None


def _build(text: str, file: Path) -> tuple[object, list[Problem]]:
    """Build the values fast; what is wrong with a short text is said by the slow loader."""
    try:
        return _build_with(FastLoader, text, file)
    except yaml.YAMLError:
        if len(text) > _SHORT_TEXT:
            raise
    return _build_with(Loader, text, file)


def _build_with(kind: type[yaml.SafeLoader], text: str, file: Path) -> tuple[object, list[Problem]]:
    if refusal := _refused_text(text) or _refusal(yaml.parse(text, Loader=kind)):
        raise ConfigError(file, [Problem("", refusal)])
    loader = kind(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, []
        # First of all: building the values writes merged keys (<<) into the tree.
        duplicates = list(islice(_duplicates(root, "", set()), _MOST_DUPLICATES))
        return loader.construct_document(root), duplicates
    finally:
        loader.dispose()


def _refused_text(text: str) -> str | None:
    """Return why a text is not even to be parsed; None when it may be."""
    if len(_DIRECTIVE.findall(text)) > _MOST_DIRECTIVES:
        return f"expected at most {_MOST_DIRECTIVES} lines that begin with %"
    return None


def _refusal(events: Iterable[yaml.Event]) -> str | None:
    """Return why no values are to be built of a text; None when they can be.

    It nests so deep that the fast loader would crash; it stands for so much that time and memory
    may not suffice, by its aliases in a few lines; or a tag makes something else of a value.
    """
    sizes: dict[str | None, float] = {}
    begun: list[tuple[str | None, float]] = []
    size = repeated = 0.0
    for number, event in enumerate(events):
        own = 1 + len(getattr(event, "value", "")) // _MORE
        if isinstance(event, yaml.CollectionStartEvent):
            begun.append((event.anchor, size + repeated))
            sizes[event.anchor] = math.inf
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = begun.pop()
            sizes[anchor] = size + repeated - before
        elif isinstance(event, yaml.AliasEvent):
            repeated += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.ScalarEvent):
            sizes[event.anchor] = own
        size += own
        if not fits(event):
            return f"expected YAML{_at(event.start_mark)}: found a tag (!) that does not fit"
        if len(begun) > _DEEPEST:
            return "expected YAML of plain values"
        if repeated > _MOST_REPEATED:
            return f"expected aliases (*) that repeat {_MOST_REPEATED:,} values at most"
        if number > _MOST_VALUES:
            return f"expected {_MOST_VALUES:,} values at most"
    return None


def _at(mark: Any) -> str:
    """Say where a mark is; those of the two loaders have no type in common."""
    return f", but line {mark.line + 1}, column {mark.column + 1}"


def _place(error: yaml.YAMLError) -> str:
    """Say where the YAML is broken and how, without the words of the file that it quotes."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return ""
    problem = getattr(error, "problem", None) or "it ends too soon"
    problem = _QUOTED.sub(_hidden, problem)
    return f"{_at(mark)}: {problem}"


def _hidden(quoted: re.Match[str]) -> str:
    """Leave out a quoted text that is more than a character of YAML's own or a token's name."""
    text = quoted[0]
    return text if len(text) <= _SHORT_QUOTE or text.startswith("'<") else "(…)"


def _duplicates(node: yaml.Node, path: str, visited: set[int]) -> Iterator[Problem]:
    """Yield each key that stands twice in one mapping, with the line of the second.

    Every node is visited once, since anchors can make the tree a loop, or huge.
    """
    if id(node) in visited:
        return
    visited.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, f"{path}[{index}]", visited)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            here = f"{path}.{told_name(name)}" if path else told_name(name)
            if name in seen:
                line = key.start_mark.line + 1
                yield Problem(here, f"expected once, but stands again in line {line}")
            seen.add(name)
            yield from _duplicates(value, here, visited)
