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
        safe = self.name.isupper() and redacted(self.name) == self.name
        variable = f"the environment variable {self.name}" if safe else "the environment variable"
        text = os.environ.get(self.name)
        if text is None:
            message = f"expected an API key in {variable}, but it is not set"
            raise SecretError(message)
        try:
            return Secret(key_in(text))
        except SecretError as error:
            message = f"{error} (in {variable})"
            raise SecretError(message) from None


@dataclass(slots=True)
class KeyFile:
    """A key in a file. The file is read for each request, as its time proves no change.

    Two keys may be written within one tick of the file system's clock.

    When the file turns bad, the last good key stays in force. `problem` says what is wrong with the
    file, None when nothing is. `exposed` says whether every user may read it. `last` is the last
    good key.
    """

    path: Path
    problem: str | None = field(default=None, init=False, repr=False)
    exposed: bool = field(default=False, init=False, repr=False)
    last: Secret | None = field(default=None, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def read(self) -> Secret:
        """Return the current key. Raises SecretError if the file never held a good key.

        Log when the file turns bad, good or exposed; after the first read, `log_changes` does so.
        """
        with self._turn:  # several threads may read the file: `last` must be the newest key
            first, problem, exposed = self.last is None, self.problem, self.exposed
            key = self._read()
            if not first:
                self.log_changes(problem, exposed=exposed)
            return key

    def load(self, last: Secret | None) -> Secret:
        """Make the first read, with the `last` good key of the file if it was read before.

        Raises SecretError if there is neither. Log nothing: the load may fail.
        """
        with self._turn:
            self.last = last
            return self._read()

    def log_changes(self, problem: str | None, *, exposed: bool) -> None:
        """Log what has changed since the file had this `problem`, and was `exposed` or not."""
        if self.problem is not None and self.problem != problem:
            log.warning(
                "key file is bad, using the last good key", file=str(self.path), error=self.problem
            )
        if self.problem is None and problem is not None:
            log.info("key file is good again", file=str(self.path))
        if self.exposed and not exposed:
            log.warning(
                "key file can be read by every user", file=str(self.path), hint=EXPOSED_HINT
            )

    def _read(self) -> Secret:
        try:
            data, mode = read_file(self.path, LARGEST_KEY_FILE)
            key = Secret(key_in(data.decode("utf-8-sig")))
        except (UnreadableError, UnicodeDecodeError, SecretError) as error:
            self.problem = _why(error)
            if self.last is None:
                raise SecretError(self.problem) from None
            return self.last
        self.problem, self.exposed, self.last = None, bool(mode & stat.S_IROTH), key
        return key


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "expected a file with the API key, but it is not text"
    return str(error)
