"""All job files of a configuration: the patterns that name them, and the jobs in them.

Other people's scripts write these lists. At each scrape, `reread` brings them up to date: it lists
the folders with `file_pattern`, and finds the changed files with `job_file_changes`.
"""

import os
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from exporter.config.file_pattern import is_below, list_files
from exporter.config.job_file_changes import JobFile, read_changed
from exporter.config.sections import Account, Config, WatchedJob
from exporter.config.status import JobFileView
from exporter.model.errors import ConfigError, Problem

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class JobFiles:
    """All job files: for each pattern the names of the files it matches, and the files by name.

    `unlisted` holds the folders that cannot be listed, each with the reason. Their known files are
    kept.
    """

    matches: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, JobFile] = field(default_factory=dict)
    unlisted: Mapping[str, str] = field(default_factory=dict)

    def jobs_of(self, account: Account) -> tuple[WatchedJob, ...]:
        """Return every job to watch in an account, each once. The first entry for an id counts.

        The configuration comes first, then the files, in the order of the patterns and by name.
        """
        jobs = {job.id: job for job in account.jobs}
        for pattern in account.job_files:
            for file in self.matches[pattern]:
                for job in self.files[file].jobs:
                    jobs.setdefault(job.id, job)
        return tuple(jobs.values())

    def errors(self) -> Iterator[ConfigError]:
        """Yield an error for each folder that cannot be listed and for each bad file."""
        for folder, problem in self.unlisted.items():
            yield ConfigError(Path(folder), [Problem("", problem)])
        for name, file in self.files.items():
            if file.problems:
                yield ConfigError(Path(name), file.problems)

    def views(self) -> tuple[JobFileView, ...]:
        """Return the job files for the metrics and the page, sorted, with the unlisted folders."""
        problems = {name: file.problem for name, file in self.files.items()}
        problems.update(self.unlisted)
        return tuple(
            JobFileView(_encodable(name), problem) for name, problem in sorted(problems.items())
        )


def _encodable(name: str) -> str:
    """Return a file's name as text that can be encoded. Different names give different texts."""
    raw = os.fsencode(name or ".").replace(b"\\", b"\\\\")
    return raw.decode("utf-8", "backslashreplace")


def log_changes(before: JobFiles, after: JobFiles) -> None:
    """Log which files and folders have turned bad, and which are good again.

    A bad file with new problems is not logged again: a script may be writing it.
    """
    for name in before.files.keys() | after.files.keys():
        was = before.files.get(name, JobFile()).problem
        file = after.files.get(name, JobFile())
        if file.problem is not None and was is None:
            log.warning(
                "job file is bad, using its last good list",
                file=_encodable(name),
                jobs=len(file.jobs),
                error=file.problem,
            )
        if file.problem is None and was is not None:
            if name in after.files:
                log.info("job file is good again", file=_encodable(name))
            else:
                log.info("bad job file is gone", file=_encodable(name))
    _log_folders(before, after)


def _log_folders(before: JobFiles, after: JobFiles) -> None:
    for folder in after.unlisted.keys() - before.unlisted.keys():
        files = (file for name, file in after.files.items() if is_below(name, folder))
        log.warning(
            "folder of job files cannot be listed, keeping its known files",
            folder=_encodable(folder),
            jobs=sum(len(file.jobs) for file in files),
            error=after.unlisted[folder],
        )
    for folder in before.unlisted.keys() - after.unlisted.keys():
        log.info("folder of job files can be listed again", folder=_encodable(folder))


def patterns_of(config: Config) -> tuple[Path, ...]:
    """Return the patterns of every account, each once."""
    return tuple(dict.fromkeys(p for account in config.accounts for p in account.job_files))


def reread(
    patterns: Iterable[Path],
    known: JobFiles,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> JobFiles:
    """Return the job files as they are now; `known` itself if nothing has changed.

    Only changed files are read. `now` is in Unix seconds; `pause` waits the given seconds, for
    files that a script may still be writing. A pattern without a match is not an error: the script
    may not have written its file yet. A bad file or folder raises nothing.
    """
    listings = {pattern: list_files(pattern) for pattern in patterns}
    kept = {pattern: _kept(known, pattern, found.unlisted) for pattern, found in listings.items()}
    files = {name: known.files[name] for names in kept.values() for name in names}
    names = dict.fromkeys(name for found in listings.values() for name in found.files)
    files |= read_changed(names, known.files, now, pause)
    matches = {
        pattern: tuple(filter(files.__contains__, sorted([*found.files, *kept[pattern]])))
        for pattern, found in listings.items()
    }
    unlisted = dict(ChainMap(*(found.unlisted for found in listings.values())))
    seen = JobFiles(matches, files, unlisted)
    return known if seen == known else seen


def _kept(known: JobFiles, pattern: Path, unlisted: Collection[str]) -> list[str]:
    """Return the known files of a pattern in folders that cannot be listed now."""
    names = known.matches.get(pattern, ()) if unlisted else ()
    return [name for name in names if any(is_below(name, folder) for folder in unlisted)]
