"""What can go wrong, as one tree.

ExporterError
├── ConfigError            a file, key or environment variable is missing or malformed
├── SecretError            there is no usable API key
├── UnreadableError        a file that a user names is no regular one, too large or not readable
├── ListenError            an address cannot be listened on
└── UpstreamError          one read of one job failed; it carries the failure, a value of `failures`
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.model.failures import Failure

_WORD = r"[0-9]{0,3}(?:[A-Z]+|[A-Z]?[a-z\x80-\uffff]+(?:[A-Z][a-z]{2,})*)[0-9]{0,3}"
_NAME = re.compile(rf"_*{_WORD}(?:[_. -](?:{_WORD}|[0-9]{{1,3}}))*_*|[0-9]{{1,19}}")
"""Words as people and programs write names, `base_url` or `baseUrl`; or a job's id."""

_LONGEST_NAME = 40


def told_name(name: str) -> str:
    """Return a name that stands in a user's file, unless it may be a secret in a wrong place."""
    return name if len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) else "(…)"


def printable(text: str) -> str:
    """Return a text in one line: what would end a line or move a cursor is written as an escape."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


class Problem(NamedTuple):
    """One thing that is wrong in a file: where (`accounts[0].jobs[2].id`), and what was expected.

    An empty path means the file as a whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.message}" if self.path else self.message)


class ExporterError(Exception):
    """The root: whatever the exporter itself raises on purpose."""


class ConfigError(ExporterError):
    """A file is not what it has to be. Says the file and every problem in it, in one line."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(f"{printable(str(file))}: " + "; ".join(map(str, self.problems)))

    def lines(self) -> tuple[str, ...]:
        """Return each problem in a line of its own, with the file."""
        return tuple(f"{printable(str(self.file))}: {problem}" for problem in self.problems)


class SecretError(ExporterError):
    """There is no usable key. Says what was expected and never what was found."""


class UnreadableError(ExporterError):
    """A file cannot be read. Says what was expected, and not which file it is."""


class ListenError(ExporterError):
    """An address cannot be listened on. Says which, and why."""


class UpstreamError(ExporterError):
    """A read of a job failed. Nothing but the `failure` that it carries is kept of it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure
