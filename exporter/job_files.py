"""Job files: lists of jobs that other people's scripts write, read again when they change.

Nothing watches them: they are looked at when a scrape comes. A file that is bad keeps the list
that it last had, so that a typo stops no watch.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from glob import glob
from pathlib import Path
from typing import NamedTuple

import structlog

from exporter.config import Account, Config, WatchedJob, parse_job_list
from exporter.document import read
from exporter.errors import ConfigError, Problem
from exporter.snapshot import JobFileView

log = structlog.get_logger()

YOUNG = 2.0
"""Seconds after the last change of a file in which somebody may still be writing it."""

PAUSE = 0.1
"""Seconds between two looks at a file that may still be written."""

_LOOKS = 4
"""Looks at such a file, after which it is left as it was until the next scrape."""

_TOLD = 5
"""So many problems of a file are told; it may have one in each of its 10,000 lines."""


class Version(NamedTuple):
    """What tells two states of a file apart; a file that takes another's place is another inode."""

    modified: int
    size: int
    inode: int


_GONE = Version(0, 0, 0)


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job file: the last good list in it, and what is wrong with it as it stands.

    `version` is the state that was read, None where the file is to be read again at the next look.
    """

    jobs: tuple[WatchedJob, ...] = ()
    problems: tuple[Problem, ...] = ()
    version: Version | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with the file as it stands, in one line; None when nothing is."""
        told = "; ".join(map(str, self.problems[:_TOLD]))
        more = len(self.problems) - _TOLD
        return f"{told}; and {more:,} more" if more > 0 else told or None


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Every job file there is: the files that each pattern matches, and what is in them."""

    matches: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, JobFile] = field(default_factory=dict)

    def jobs_of(self, account: Account) -> tuple[WatchedJob, ...]:
        """Return every job to watch in an account, each once: the first that names it counts.

        The configuration goes first, then the files in the order of the patterns and their names.
        """
        jobs = {job.id: job for job in account.jobs}
        for pattern in account.job_files:
            for file in self.matches[pattern]:
                for job in self.files[file].jobs:
                    jobs.setdefault(job.id, job)
        return tuple(jobs.values())

    def errors(self) -> Iterator[ConfigError]:
        """Yield what is wrong with each bad file."""
        for name, file in self.files.items():
            if file.problems:
                yield ConfigError(Path(name), file.problems)

    def views(self) -> tuple[JobFileView, ...]:
        """Return the files as they are shown, by name."""
        return tuple(
            JobFileView(_shown(name), file.problem) for name, file in sorted(self.files.items())
        )


def _shown(name: str) -> str:
    """Return the name of a file as a text that can be encoded, whatever bytes it has."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def tell(before: JobFiles, after: JobFiles) -> None:
    """Log which files have become bad since, and which are good again."""
    for name in before.files.keys() | after.files.keys():
        was = before.files.get(name, JobFile()).problem
        file = after.files.get(name, JobFile())
        if file.problem is not None and file.problem != was:
            log.warning(
                "job file is bad, the last good list is used",
                file=_shown(name),
                jobs=len(file.jobs),
                error=file.problem,
            )
        if file.problem is None and was is not None:
            if name in after.files:
                log.info("job file is good again", file=_shown(name))
            else:
                log.info("bad job file is gone", file=_shown(name))


def patterns_of(config: Config) -> tuple[Path, ...]:
    """Return the patterns of every account, each once."""
    return tuple(dict.fromkeys(p for account in config.accounts for p in account.job_files))


def look(
    patterns: Iterable[Path],
    known: JobFiles,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> JobFiles:
    """Return the job files as they are now; `known` itself where all is as before.

    Reads those that have changed since; `now` is in Unix seconds, and `pause` waits for so many
    seconds where a file may still be written. A pattern that matches nothing is no error: a script
    may not have written there yet.
    """
    matches = {pattern: _matching(pattern) for pattern in patterns}
    files: dict[str, JobFile] = {}
    for name in dict.fromkeys(name for found in matches.values() for name in found):
        file = _seen(name, known.files.get(name), now, pause)
        if file is not None:
            files[name] = file
    present = {
        pattern: tuple(name for name in found if name in files)
        for pattern, found in matches.items()
    }
    seen = JobFiles(present, files)
    return known if seen == known else seen


def _matching(pattern: Path) -> list[str]:
    """Return the files that a pattern matches, by name."""
    return sorted(glob(str(pattern)))  # noqa: PTH207  Path.glob takes no absolute pattern


def _seen(
    name: str,
    known: JobFile | None,
    now: Callable[[], float],
    pause: Callable[[float], object],
) -> JobFile | None:
    """Return a file as it is now; None when it is gone, or new and still being written.

    Somebody may be in the middle of writing a young file that is bad, or of which the last line has
    no end: half an id is another id. It counts once it stands still.
    """
    for _ in range(_LOOKS):
        version = _version(name)
        if version is _GONE:
            return None
        if known is not None and version is not None and version == known.version:
            return known
        file, whole = _read(name, known)
        young = version is not None and abs(now() - version.modified / 1e9) < YOUNG
        if young and not whole:
            pause(PAUSE)
        if whole or _version(name) == version:
            # Two changes may fall into one tick of the file system's clock.
            return replace(file, version=None if young else version)
    return known


def _version(name: str) -> Version | None:
    """Return the state of a file, None when it cannot be told."""
    try:
        stat = os.stat(name)  # noqa: PTH116  there may be thousands, and a Path takes longer
    except FileNotFoundError:
        return _GONE
    except OSError:
        return None
    return Version(stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _read(name: str, known: JobFile | None) -> tuple[JobFile, bool]:
    """Return a file as it stands, and whether that is all of it for certain."""
    file = Path(name)
    try:
        raw = _raw(file)
        jobs = parse_job_list(raw, file)
    except ConfigError as error:
        return replace(known or JobFile(), problems=error.problems), False
    return JobFile(jobs), raw.endswith(b"\n")


def _raw(file: Path) -> bytes:
    """Return what is in a regular file: to open a pipe would wait for its other end."""
    if not file.is_file():
        raise ConfigError(file, [Problem("", "expected a file")])
    return read(file)
