"""The exceptions that the exporter raises on purpose, as one tree.

ExporterError
├── ConfigError            a file, key or environment variable is missing or malformed
├── SecretError            there is no usable API key
├── UnreadableError        a file that a user names is not regular, too large or not readable
├── ListenError            the exporter cannot listen on an address or a socket of systemd's
└── UpstreamError          a read of a job failed; carries a `Failure`, a value from `failures`

`failures` is the other tree: how a read can fail, as values. An UpstreamError only carries a
Failure up the stack. `api.client` unwraps it, so all other modules see only the Failure.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from exporter.model.failures import Failure
from exporter.model.safe_text import printable


class Problem(NamedTuple):
    """One problem of a file: its path (`accounts[0].jobs[2].id`), and what was expected there.

    An empty path means the file as a whole.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.message}" if self.path else self.message)


class ExporterError(Exception):
    """The root: every exception that the exporter raises on purpose."""


class ConfigError(ExporterError):
    """A file is not valid. The message, one line, names the file and every problem in it."""

    def __init__(self, file: Path, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(f"{printable(str(file))}: " + "; ".join(map(str, self.problems)))

    def lines(self) -> tuple[str, ...]:
        """Return one line for each problem, each with the file's name."""
        return tuple(f"{printable(str(self.file))}: {problem}" for problem in self.problems)


class SecretError(ExporterError):
    """There is no usable API key. The message says what was expected, never what was found."""


class UnreadableError(ExporterError):
    """A file cannot be read. The message says what was expected, without the file's name."""


class ListenError(ExporterError):
    """The exporter cannot listen. The message says on which address, why, and what to do."""


class UpstreamError(ExporterError):
    """A read of a job failed; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure
