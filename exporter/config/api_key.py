"""API keys: where one comes from, and a value that never prints."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

import structlog

from exporter.config.user_file import read_file
from exporter.model.errors import SecretError, UnreadableError, told_name

log = structlog.get_logger()

_HEADER_SAFE = re.compile(r"[!-~]+")
"""What a header can carry as one word: visible ASCII (RFC 9110, field values)."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that prints as `<secret>`; only `reveal` gives it away."""

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

    The name is said in an error only when it is words in capitals, as names of variables are: it
    may be a key that was put in the wrong place.
    """

    name: str = field(repr=False)

    def read(self) -> Secret:
        """Return the key as it is now. Raises SecretError when there is none."""
        text = os.environ.get(self.name)
        if text is None:
            plain = self.name.isupper() and told_name(self.name) == self.name
            shown = f" {self.name}" if plain else ""
            message = f"expected an API key in the environment variable{shown}, but it is not set"
            raise SecretError(message)
        return _key(text)


LARGEST_KEY_FILE = 64 * 1024
"""Bytes; a key has some hundred."""


@dataclass(slots=True)
class KeyFile:
    """A key in a file, read each time: it may be rotated within a tick of the file's clock.

    A file that turns bad leaves the last good key in force; that is logged once, and `problem` is
    what was said to be wrong with it. `exposed` says whether every user may read it: logged once
    where it begins after the first read, else by whoever puts the key in force.
    """

    path: Path
    problem: str | None = field(default=None, init=False, repr=False)
    exposed: bool = field(default=False, init=False, repr=False)
    _last: Secret | None = field(default=None, init=False, repr=False)
    _turn: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def read(self) -> Secret:
        """Return the key as it is now. Raises SecretError when there never was a good one."""
        with self._turn:  # several threads read it at once: the last key must be the newest
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
            self._tell(problem)
            return self._last

    def _tell(self, problem: str | None) -> None:
        before, self.problem = self.problem, problem
        if problem is not None and problem != before:
            log.warning("key file is bad, the last key is used", file=str(self.path), error=problem)
        if problem is None and before is not None:
            log.info("key file is good again", file=str(self.path))

    def _note_exposed(self, mode: int) -> None:
        before, self.exposed = self.exposed, bool(mode & stat.S_IROTH)
        if self.exposed and not before and self._last is not None:
            tell_exposed(self.path)


MEND = "chmod o-r, or defaultMode 0440 in Kubernetes"
"""What makes a key file one that its owner and group alone may read."""


def tell_exposed(file: Path) -> None:
    """Log that every user may read a key file; it is used all the same."""
    log.warning("key file can be read by every user", file=str(file), hint=MEND)


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "expected a file with the API key, but it is not text"
    return str(error)
