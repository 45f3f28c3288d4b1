"""API keys: the source of an account's key, and a secret value that never prints."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import structlog

from exporter.config.key_text import key_in
from exporter.config.user_file import read_file
from exporter.model.errors import SecretError, UnreadableError
from exporter.model.safe_text import redacted

log = structlog.get_logger()

LARGEST_KEY_FILE = 64 * 1024
"""Bytes. A key has a few hundred."""

EXPOSED_HINT = "chmod o-r, or defaultMode 0440 in Kubernetes"
"""How to make a key file readable for its owner and group only."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that prints as `<secret>`; only `reveal` returns it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text, for the `Authorization` header and nothing else."""
        return self._text

    def __str__(self) -> str:
        return "<secret>"

    __repr__ = __str__


class KeySource(Protocol):
    """The source of an account's API key."""

    def read(self) -> Secret:
        """Return the current key. Raises SecretError without a usable key."""


@dataclass(frozen=True, slots=True)
class KeyVariable:
    """A key in an environment variable.

    An error names the variable only if its name looks like one, words in capitals: the user may
    have written the key itself in its place.
    """

    name: str = field(repr=False)

    def read(self) -> Secret:
        """Return the current key. Raises SecretError without a usable key."""
        text = os.environ.get(self.name)
        if text is None:
            safe = self.name.isupper() and redacted(self.name) == self.name
            shown = f" {self.name}" if safe else ""
            message = f"expected an API key in the environment variable{shown}, but it is not set"
            raise SecretError(message)
        return Secret(key_in(text))


@dataclass(slots=True)
class KeyFile:
    """A key in a file. The file is read for each request, as its time proves no change.

    Two keys may be written within one tick of the file system's clock.

    When the file turns bad, the last good key stays in force. `problem` says what is wrong with the
    file, as the one log line about it does. `exposed` says whether every user may read the file.
    `read` logs it when that begins after the first read; `LoadedConfig.log_key_files` logs it for
    the first read.
    """

    path: Path
    problem: str | None = field(default=None, init=False, repr=False)
    exposed: bool = field(default=False, init=False, repr=False)
    _last: Secret | None = field(default=None, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def read(self) -> Secret:
        """Return the current key. Raises SecretError if the file never held a good key."""
        with self._turn:  # several threads may read the file: `_last` must be the newest key
            problem = None
            try:
                data, mode = read_file(self.path, LARGEST_KEY_FILE)
                key = Secret(key_in(data.decode("utf-8-sig")))
            except (UnreadableError, UnicodeDecodeError, SecretError) as error:
                problem = _why(error)
                if self._last is None:
                    raise SecretError(problem) from None
            else:
                self._note_exposed(mode)
                self._last = key
            self._note_problem(problem)
            return self._last

    def _note_problem(self, problem: str | None) -> None:
        before, self.problem = self.problem, problem
        if problem is not None and problem != before:
            log.warning(
                "key file is bad, using the last good key", file=str(self.path), error=problem
            )
        if problem is None and before is not None:
            log.info("key file is good again", file=str(self.path))

    def _note_exposed(self, mode: int) -> None:
        before, self.exposed = self.exposed, bool(mode & stat.S_IROTH)
        if self.exposed and not before and self._last is not None:
            log_exposed(self.path)


def log_exposed(file: Path) -> None:
    """Warn that every user may read a key file. The exporter uses the file all the same."""
    log.warning("key file can be read by every user", file=str(file), hint=EXPOSED_HINT)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "expected a file with the API key, but it is not text"
    return str(error)
