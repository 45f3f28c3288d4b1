"""The limits of a YAML text, checked before its values are built: its size, depth and tags.

A few lines may stand for more values than memory can hold, nest so deep that the fast loader
crashes, or take minutes to parse.
"""

import math
import re
from collections.abc import Iterable

import yaml

from exporter.config.yaml_loader import position, tag_fits

DEEPEST = 100
"""Deepest nesting of a file: more than any real configuration has, and safe for the stack."""

_MOST_REPEATED = 100_000
"""Most values that the aliases and merge keys of a file may repeat."""

_LONG_TEXT = 100
"""Each run of this many characters in a text counts as one more value."""

_DIRECTIVE = re.compile("^%", re.MULTILINE)
_MOST_DIRECTIVES = 10
"""Most directives of a file: the parser compares each one with all earlier ones."""

MOST_VALUES = 500_000
"""Most values of a file; 40,000 jobs with names and labels have about this number."""


def refusal_of_text(text: str) -> str | None:
    """Return why a text must not even be parsed, or None."""
    if len(_DIRECTIVE.findall(text)) > _MOST_DIRECTIVES:
        return f"expected at most {_MOST_DIRECTIVES} lines that begin with %"
    return None


def refusal_of_events(events: Iterable[yaml.Event]) -> str | None:
    """Return why the values of a text with these events must not be built, or None."""
    repeats = _Repeats()
    for number, event in enumerate(events):
        repeats.count(event)
        if not tag_fits(event):
            where = position(event.start_mark)
            return f"expected YAML, but {where}: found a tag (!) that does not fit"
        if len(repeats.open) > DEEPEST:
            return "expected YAML of plain values"
        if repeats.repeated > _MOST_REPEATED:
            return f"expected aliases (*) that repeat at most {_MOST_REPEATED:,} values"
        if number > MOST_VALUES:
            return f"expected at most {MOST_VALUES:,} values"
    return None


class _Repeats:
    """Counts how many values the aliases of a text repeat.

    An alias repeats everything that its anchor holds. An alias inside its own anchor repeats it
    endlessly. `open` lists each unfinished collection: its anchor, and the size when it began.
    """

    def __init__(self) -> None:
        self.repeated = 0.0
        self.open: list[tuple[str | None, float]] = []
        self._size = 0.0
        self._sizes: dict[str | None, float] = {}

    def count(self, event: yaml.Event) -> None:
        """Count the values of the next event."""
        size = 1
        if isinstance(event, yaml.ScalarEvent):
            size += len(event.value) // _LONG_TEXT
            if event.anchor is not None:
                self._sizes[event.anchor] = size
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open.append((event.anchor, self._size + self.repeated))
            self._sizes[event.anchor] = math.inf
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open.pop()
            self._sizes[anchor] = self._size + self.repeated - before
        elif isinstance(event, yaml.AliasEvent):
            self.repeated += self._sizes.get(event.anchor, 1)
        self._size += size
