"""Where the exporter notices that a job file changed on disk, and reads the file again.

Nothing watches the disk: `read_changed` asks the system for the version of each file (time, size,
inode, mode) and reads the files whose version is new. `job_files` calls it at each scrape.

Somebody else's script writes a job file, perhaps at this moment. A bad file keeps its last good
list, so a typo stops no watch.
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
"""Checks of such files; then they stay as they were until the next scrape."""

_MOST_SHOWN = 5
"""Problems of a file that are shown; each of its 10,000 lines may have one."""


class Version(NamedTuple):
    """The state of a file on disk; a file that replaces another has another inode."""

    modified: int
    size: int
    inode: int
    mode: int


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: the last good list in it, and what is wrong with the file now.

    `version` is the one that was read, None if the next check must read the file again. `content`
    is the digest of what was read, None if the file could not be read.
    """

    jobs: tuple[WatchedJob, ...] = ()
    problems: tuple[Problem, ...] = ()
    version: Version | None = None
    content: bytes | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file now, in one line; None when nothing is."""
        shown = "; ".join(map(str, self.problems[:_MOST_SHOWN]))
        more = len(self.problems) - _MOST_SHOWN
        return f"{shown}; and {more:,} more" if more > 0 else shown or None


class _Check(NamedTuple):
    """A file as one check found it, None when it is gone; `settled`: nobody is writing it."""

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

    A file whose version is the `known` one is not read. A script may be in the middle of writing a
    young file that is bad, that lists fewer jobs than before, or whose last line has no end: half
    an id is another id. Such a file stays as it was until it stops changing. `now` is in Unix
    seconds; `pause` waits for all of these files at once.
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
    """Check a file; read it unless its version is the known one or that of the check `before`."""
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
        # A young file keeps no version: its next change may fall into the same tick of the clock.
        file = replace(file, version=version)
    return _Check(file, version, settled)


def _version(name: str) -> Version | Problem | None:
    """Return the version of a file, a problem if it is not a regular one, or None if it is gone."""
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
    """Return a file as it is now, and whether it is whole for certain."""
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
    """Return a file with the list in its text, or with the list of before and the problems."""
    try:
        return replace(before, jobs=parse_job_list(raw, file), problems=())
    except ConfigError as error:
        return replace(before, problems=error.problems)


def _unread(known: JobFile | None, problems: Iterable[Problem]) -> JobFile:
    """Return a file that could not be read; the cause may end without a change of the file."""
    return replace(known or JobFile(), problems=tuple(problems), version=None, content=None)
