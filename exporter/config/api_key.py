"""API keys: where an account's key comes from, and a value that never prints."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import structlog

from exporter.config.user_file import read_file
from exporter.model.errors import SecretError, UnreadableError
from exporter.model.safe_text import redacted

log = structlog.get_logger()

LARGEST_KEY_FILE = 64 * 1024
"""Bytes; a key has some hundred."""

EXPOSED_HINT = "chmod o-r, or defaultMode 0440 in Kubernetes"
"""How to make a key file readable for its owner and group only."""

_HEADER_SAFE = re.compile(r"[!-~]+")
"""What a header can carry as one word: visible ASCII (RFC 9110, field values)."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that prints as `<secret>`; only `reveal` returns it."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text, for the one header that it belongs in."""
        return self._text

    def __str__(self) -> str:
        return "<secret>"

    __repr__ = __str__


class KeySource(Protocol):
    """Where an account's API key comes from."""

    def read(self) -> Secret:
        """Return the key as it is now. Raises SecretError when there is none."""


def _key(text: str) -> Secret:
    """Return the trimmed key. It is already base64 and goes into the header as it is."""
    text = text.strip()
    if not text:
        message = "expected an API key, but it is empty"
        raise SecretError(message)
    if not _HEADER_SAFE.fullmatch(text):
        message = "expected one API key, but it holds white space or characters outside ASCII"
        raise SecretError(message)
    return Secret(text)


@dataclass(frozen=True, slots=True)
class KeyVariable:
    """A key in an environment variable.

    An error names the variable only if the name is words in capitals, as variables are named: the
    user may have put the key itself in its place.
    """

    name: str = field(repr=False)

    def read(self) -> Secret:
        """Return the key as it is now. Raises SecretError when there is none."""
        text = os.environ.get(self.name)
        if text is None:
            safe = self.name.isupper() and redacted(self.name) == self.name
            shown = f" {self.name}" if safe else ""
            message = f"expected an API key in the environment variable{shown}, but it is not set"
            raise SecretError(message)
        return _key(text)


@dataclass(slots=True)
class KeyFile:
    """A key in a file, read for each request: two keys may share one tick of the file's clock.

    When the file turns bad, the last good key stays in force. `problem` is what is wrong with the
    file, in the words of the one log line about it. `exposed` says whether every user may read the
    file: `read` logs when that begins after its first read; whoever puts the key in force logs it
    before (`LoadedConfig.log_key_files`).
    """

    path: Path
    problem: str | None = field(default=None, init=False, repr=False)
    exposed: bool = field(default=False, init=False, repr=False)
    _last: Secret | None = field(default=None, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def read(self) -> Secret:
        """Return the key as it is now. Raises SecretError if there never was a good one."""
        with self._turn:  # several threads read the file at once: the last key must be the newest
            problem = None
            try:
                data, mode = read_file(self.path, LARGEST_KEY_FILE)
                key = _key(data.decode("utf-8-sig"))
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
            log.warning("key file is bad, the last key is used", file=str(self.path), error=problem)
        if problem is None and before is not None:
            log.info("key file is good again", file=str(self.path))

    def _note_exposed(self, mode: int) -> None:
        before, self.exposed = self.exposed, bool(mode & stat.S_IROTH)
        if self.exposed and not before and self._last is not None:
            log_exposed(self.path)


def log_exposed(file: Path) -> None:
    """Warn that every user may read a key file, which is used all the same."""
    log.warning("key file can be read by every user", file=str(file), hint=EXPOSED_HINT)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "expected a file with the API key, but it is not text"
    return str(error)
