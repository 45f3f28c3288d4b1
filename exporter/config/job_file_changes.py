"""A job file: a list of jobs that somebody else's script writes, perhaps at this moment.

One that is bad keeps the list that it last had, so that a typo stops no watch.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from exporter.config.load import parse_job_list
from exporter.config.sections import WatchedJob
from exporter.config.user_file import NOT_REGULAR
from exporter.config.yaml_file import read
from exporter.model.errors import ConfigError, Problem

YOUNG = 2.0
"""Seconds after the last change of a file in which somebody may still be writing it."""

PAUSE = 0.1
"""Seconds between two looks at files that may still be written."""

_LOOKS = 4
"""Looks at such files, after which they are left as they were until the next scrape."""

_TOLD = 5
"""So many problems of a file are told; it may have one in each of its 10,000 lines."""


class Version(NamedTuple):
    """What tells two states of a file apart; a file that takes another's place is another inode."""

    modified: int
    size: int
    inode: int
    mode: int


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: the last good list in it, and what is wrong with it as it stands.

    `version` is the state that was read, None where the file is to be read again at the next look,
    and `content` the digest of what was in it, None where it could not be read.
    """

    jobs: tuple[WatchedJob, ...] = ()
    problems: tuple[Problem, ...] = ()
    version: Version | None = None
    content: bytes | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file as it stands, in one line; None when nothing is."""
        told = "; ".join(map(str, self.problems[:_TOLD]))
        more = len(self.problems) - _TOLD
        return f"{told}; and {more:,} more" if more > 0 else told or None


class _Glance(NamedTuple):
    """A file at one moment, None when it is gone; `settled` says that it counts as it is."""

    file: JobFile | None
    version: Version | None = None
    settled: bool = True


def read_files(
    names: Iterable[str],
    known: Mapping[str, JobFile],
    now: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> dict[str, JobFile]:
    """Return the files as they are now, without those that are gone; never raises for one of them.

    Somebody may be in the middle of writing a young file that is bad, that holds fewer jobs than it
    did, or of which the last line has no end: half an id is another id. It counts once it stands
    still, and is as it was before until then. `now` is in Unix seconds; `pause` waits for all of
    them at once.
    """
    files = {name: known.get(name) for name in names}
    moving: dict[str, _Glance | None] = dict.fromkeys(files)
    for turn in range(_LOOKS):
        if turn:
            pause(PAUSE)
        for name, before in tuple(moving.items()):
            glance = _glance(name, files[name], now, before)
            if glance.settled:
                files[name] = glance.file
                del moving[name]
            else:
                moving[name] = glance
        if not moving:
            break
    return {name: file for name, file in files.items() if file is not None}


def _glance(
    name: str, known: JobFile | None, now: Callable[[], float], before: _Glance | None = None
) -> _Glance:
    """Look at a file, which is read unless it stands as it is known, or was a moment before."""
    state = _state(name)
    if state is None:
        return _Glance(None)
    if isinstance(state, Problem):
        return _Glance(_unread(known, [state]))
    if known is not None and state == known.version:
        return _Glance(known)
    if before is not None and state == before.version:
        return before._replace(settled=True)
    file, whole = _read(Path(name), known)
    young = abs(now() - state.modified / 1e9) < YOUNG
    settled = whole or (not young and _state(name) == state)
    if not young and file.content is not None:
        # Two changes of a young one may fall into one tick of the file system's clock.
        file = replace(file, version=state)
    return _Glance(file, state, settled)


def _state(name: str) -> Version | Problem | None:
    """Return the state of a file, what is wrong where it is none, or None when nothing is there."""
    try:
        found = os.stat(name)  # noqa: PTH116  there may be thousands, and a Path takes longer
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Problem("", f"expected a readable file: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):
        return Problem("", NOT_REGULAR)
    return Version(found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)


def _read(file: Path, known: JobFile | None) -> tuple[JobFile, bool]:
    """Return a file as it stands, and whether that is all of it for certain."""
    try:
        raw = read(file)
    except ConfigError as error:
        return _unread(known, error.problems), False
    read_before = known or JobFile()
    content = sha256(raw).digest()
    if content == read_before.content:
        found = replace(read_before, version=None)
    else:
        found = _parsed(raw, file, replace(read_before, version=None, content=content))
    fewer = len(found.jobs) < len(read_before.jobs)
    return found, raw.endswith(b"\n") and not found.problems and not fewer


def _parsed(raw: bytes, file: Path, before: JobFile) -> JobFile:
    try:
        return replace(before, jobs=parse_job_list(raw, file), problems=())
    except ConfigError as error:
        return replace(before, problems=error.problems)


def _unread(known: JobFile | None, problems: Iterable[Problem]) -> JobFile:
    """Return a file that could not be read: what stops it may end without a change of the file."""
    return replace(known or JobFile(), problems=tuple(problems), version=None, content=None)
