"""YAML files of users: their plain values, and every repeated key.

PyYAML silently keeps the last of two equal keys. So duplicates are found in the tree of nodes,
before the values are built. `yaml_limits` refuses texts whose values must not be built at all.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import yaml

from exporter.config.gc_pause import gc_paused
from exporter.config.user_file import read_file
from exporter.config.yaml_limits import refusal_of_events, refusal_of_text
from exporter.config.yaml_loader import FastLoader, Loader, position
from exporter.config.yaml_plain import NotPlainError, plain_values
from exporter.model.errors import ConfigError, Problem, UnreadableError
from exporter.model.safe_text import redacted

LARGEST_FILE = 4 * 1024 * 1024
"""Most bytes of a file; a file of 10,000 jobs with names has about 1 MiB."""

_SHORT_QUOTE = 4
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")

_MOST_DUPLICATES = 1_000
"""Most duplicate keys to report; each has its path, which may be long."""

_SHORT_TEXT = 16 * 1024
"""Most characters of a short text: the slow loader parses it in well under a second."""


def load_yaml(file: Path, *, or_pipe: bool = False) -> tuple[object, list[Problem]]:
    """Return the values in a YAML file (None when it is empty) and its duplicate keys.

    With `or_pipe`, `file` may be a pipe, read to its end. Raises ConfigError if the file cannot be
    read or is not YAML of plain values.
    """
    return parse_yaml(read(file, or_pipe=or_pipe), file)


def read(file: Path, *, or_pipe: bool = False) -> bytes:
    """Return the content of a file. Raises ConfigError if it is too large or cannot be read."""
    try:
        return read_file(file, LARGEST_FILE, or_pipe=or_pipe).data
    except UnreadableError as error:
        raise ConfigError(file, [Problem("", str(error))]) from None


def parse_yaml(raw: bytes, file: Path) -> tuple[object, list[Problem]]:
    """Return the values in the text of a YAML file (None when it is empty) and its duplicate keys.

    Raises ConfigError if the text is not YAML of plain values. The error quotes nothing from the
    text, which may hold a secret.
    """
    try:
        with gc_paused():
            return _build(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError:
        raise ConfigError(file, [Problem("", "expected YAML in UTF-8")]) from None
    except yaml.YAMLError as error:
        raise ConfigError(file, [Problem("", f"expected YAML{_where_and_why(error)}")]) from None
    except (RecursionError, ValueError, TypeError, OverflowError, LookupError, AttributeError):
        raise ConfigError(file, [Problem("", "expected YAML of plain values")]) from None


def _build(text: str, file: Path) -> tuple[object, list[Problem]]:
    """Build the values the short way, else with the fast loader, else with the slow one.

    The slow loader is for short texts only. Its errors say more.
    """
    if refusal := refusal_of_text(text):
        raise ConfigError(file, [Problem("", refusal)])
    with suppress(NotPlainError):
        return plain_values(text), []
    try:
        return _build_with(FastLoader, text, file)
    except yaml.YAMLError:
        if len(text) > _SHORT_TEXT:
            raise
    return _build_with(Loader, text, file)


def _build_with(kind: type[yaml.SafeLoader], text: str, file: Path) -> tuple[object, list[Problem]]:
    if refusal := refusal_of_events(yaml.parse(text, Loader=kind)):
        raise ConfigError(file, [Problem("", refusal)])
    loader = kind(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None, []
        # Find duplicates before building the values, which writes merged keys (<<) into the tree.
        duplicates = list(islice(_duplicates(root, "", set()), _MOST_DUPLICATES))
        return loader.construct_document(root), duplicates
    finally:
        loader.dispose()


def _where_and_why(error: yaml.YAMLError) -> str:
    """Say where and why the YAML is broken. Leave out the words of the file that `error` quotes."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return ""
    problem = getattr(error, "problem", None) or "it ends too soon"
    problem = _QUOTED.sub(_hidden, problem)
    return f", but {position(mark)}: {problem}"


def _hidden(quoted: re.Match[str]) -> str:
    """Hide a quoted text unless it is a special character of YAML or the name of a token."""
    text = quoted[0]
    return text if len(text) <= _SHORT_QUOTE or text.startswith("'<") else "(…)"


def _duplicates(node: yaml.Node, path: str, visited: set[int]) -> Iterator[Problem]:
    """Yield a problem for each repeated key of a mapping, with the line of the repetition.

    `path` is the node's path. Every node is visited once, because aliases can make the tree a loop,
    or huge.
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
            here = f"{path}.{redacted(name)}" if path else redacted(name)
            if name in seen:
                line = key.start_mark.line + 1
                yield Problem(here, f"expected once, but repeated in line {line}")
            seen.add(name)
            yield from _duplicates(value, here, visited)
