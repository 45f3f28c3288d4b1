"""The short way through a YAML text: its values are built from the parser's events at once.

PyYAML first builds a tree of nodes, which for 10,000 jobs with names and labels takes four times as
long and 50 MiB. Only plain texts can go the short way: without anchors, tags, repeated keys and
mistakes. `yaml_file` takes every other text the long way, which says what is wrong.
"""

from itertools import islice
from typing import Any

import yaml

from exporter.config.yaml_limits import DEEPEST, MOST_VALUES
from exporter.config.yaml_loader import INT, STR, FastLoader


class NotPlainError(Exception):
    """A text has to go the long way."""


def plain_values(text: str) -> object:
    """Return the values in a plain text (None when it is empty). Raises NotPlainError."""
    try:
        return _Builder(FastLoader(text)).document()
    except (yaml.YAMLError, ValueError):
        raise NotPlainError from None


class _Builder:
    """Builds values of a loader's events. Equal texts become one object, to save memory."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._events = islice(iter(loader.get_event, None), MOST_VALUES)
        self._scalars: dict[str, object] = {}
        self._texts: dict[str, str] = {}

    def document(self) -> object:
        """Return the values of the only document."""
        self._next()  # the start of the stream
        if type(self._next()) is yaml.StreamEndEvent:
            return None
        value = self._value(self._next(), 0)
        self._next()  # the end of the document
        if type(self._next()) is not yaml.StreamEndEvent:
            raise NotPlainError
        return value

    def _next(self) -> Any:
        event = next(self._events, None)
        if event is None:
            raise NotPlainError
        return event

    def _value(self, event: Any, depth: int) -> object:
        """Return the value that begins with an event, `depth` collections deep."""
        if depth >= DEEPEST or event.anchor is not None or event.tag is not None:
            raise NotPlainError
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event.value, plain=event.implicit[0])
        if kind is yaml.SequenceStartEvent:
            return self._list(depth + 1)
        return self._mapping(depth + 1)

    def _list(self, depth: int) -> list[object]:
        values: list[object] = []
        for event in self._events:
            if type(event) is yaml.SequenceEndEvent:
                return values
            values.append(self._value(event, depth))
        raise NotPlainError

    def _mapping(self, depth: int) -> dict[str, object]:
        values: dict[str, object] = {}
        for event in self._events:
            if type(event) is yaml.MappingEndEvent:
                return values
            key = self._value(event, depth)
            if not isinstance(key, str) or key in values:
                raise NotPlainError
            values[key] = self._value(self._next(), depth)
        raise NotPlainError

    def _scalar(self, text: str, *, plain: bool) -> object:
        """Return the value of a text; only a `plain` one, without quotes, may be another kind."""
        if not plain:
            return self._texts.setdefault(text, text)
        if text not in self._scalars:
            self._scalars[text] = self._resolved(text)
        return self._scalars[text]

    def _resolved(self, text: str) -> object:
        tag = self._loader.resolve(yaml.ScalarNode, text, (True, False))
        if tag == STR:
            return text
        if tag == INT:
            return int(text)
        return self._loader.construct_object(yaml.ScalarNode(tag, text))
