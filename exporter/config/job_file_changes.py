"""The search for job files that have changed on disk, and the reading of these.

Nothing watches the disk: `read_changed` asks the system for the version of each file (time, size,
inode, mode) and reads the files whose version is new. `job_files` calls it at each scrape.

Other people's scripts write job files, perhaps at this moment. A bad file keeps its last good list,
so a typo does not end the watch of its jobs.
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
"""Seconds after a change of a file during which a script may still be writing the file."""

PAUSE = 0.1
"""Seconds between two checks of files that may still be written."""

_MOST_CHECKS = 4
"""Most checks of these files; after them, their old content holds until the next scrape."""

_MOST_SHOWN = 5
"""Most problems of a file to show; each of its 10,000 lines may have one."""


class Version(NamedTuple):
    """The state of a file on disk. A file that replaces another has a new inode."""

    modified: int
    size: int
    inode: int
    mode: int


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: the last good list in it, and what is wrong with the file now.

    `version` is the version that was read; None: the next check must read the file again. `content`
    is the digest of the bytes read; None: the file could not be read.
    """

    jobs: tuple[WatchedJob, ...] = ()
    problems: tuple[Problem, ...] = ()
    version: Version | None = None
    content: bytes | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file now, in one line; None for a good file."""
        shown = "; ".join(map(str, self.problems[:_MOST_SHOWN]))
        more = len(self.problems) - _MOST_SHOWN
        return f"{shown}; and {more:,} more" if more > 0 else shown or None


class _Check(NamedTuple):
    """The result of one check: the file (None: gone), and whether it is `settled`.

    A script may still be writing a file that is not settled.
    """

    file: JobFile | None
    version: Version | None = None
    settled: bool = True


def read_changed(
    names: Iterable[str],
    known: Mapping[str, JobFile],
    now: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> dict[str, JobFile]:
    """Return the named files as they are now, without those that are gone. Never raises.

    A file whose version is the `known` one is not read. A file that is bad, lists fewer jobs than
    before, or does not end in a line feed may be half-written, and a truncated id would be another
    job. While such a file keeps changing, its old content holds. `now` is in Unix seconds; `pause`
    waits for all of these files at once.
    """
    files = {name: known.get(name) for name in names}
    unsettled: dict[str, _Check | None] = dict.fromkeys(files)
    for turn in range(_MOST_CHECKS):
        if turn:
            pause(PAUSE)
        for name, before in tuple(unsettled.items()):
            check = _check(name, files[name], now, before)
            if check.settled:
                files[name] = check.file
                del unsettled[name]
            else:
                unsettled[name] = check
        if not unsettled:
            break
    return {name: file for name, file in files.items() if file is not None}


def _check(
    name: str, known: JobFile | None, now: Callable[[], float], before: _Check | None = None
) -> _Check:
    """Check a file. Read it only if its version is neither known nor that of the check `before`."""
    version = _version(name)
    if version is None:
        return _Check(None)
    if isinstance(version, Problem):
        return _Check(_unread(known, [version]))
    if known is not None and version == known.version:
        return _Check(known)
    if before is not None and version == before.version:
        return before._replace(settled=True)
    file, whole = _read(Path(name), known)
    young = abs(now() - version.modified / 1e9) < YOUNG
    settled = whole or (not young and _version(name) == version)
    if not young and file.content is not None:
        # The version of a young file is not kept: the next change may come in the same clock tick.
        file = replace(file, version=version)
    return _Check(file, version, settled)


def _version(name: str) -> Version | Problem | None:
    """Return the version of a file, a problem if it is no regular file, or None if it is gone."""
    try:
        found = os.stat(name)  # noqa: PTH116  faster than a Path; there may be thousands of files
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Problem("", f"expected a readable file: {error.strerror}")
    if not stat.S_ISREG(found.st_mode):
        return Problem("", NOT_REGULAR)
    return Version(found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)


def _read(file: Path, known: JobFile | None) -> tuple[JobFile, bool]:
    """Return the present file, and whether it is certainly complete."""
    try:
        raw = read(file)
    except ConfigError as error:
        return _unread(known, error.problems), False
    before = known or JobFile()
    content = sha256(raw).digest()
    if content == before.content:
        found = replace(before, version=None)
    else:
        found = _parsed(raw, file, replace(before, version=None, content=content))
    fewer = len(found.jobs) < len(before.jobs)
    return found, raw.endswith(b"\n") and not found.problems and not fewer


def _parsed(raw: bytes, file: Path, before: JobFile) -> JobFile:
    """Return the file with the list in `raw`, or with its last good list and the problems."""
    try:
        return replace(before, jobs=parse_job_list(raw, file), problems=())
    except ConfigError as error:
        return replace(before, problems=error.problems)


def _unread(known: JobFile | None, problems: Iterable[Problem]) -> JobFile:
    """Return a file that could not be read, without a version, so the next check reads it again.

    The cause may end without a change of the file.
    """
    return replace(known or JobFile(), problems=tuple(problems), version=None, content=None)
