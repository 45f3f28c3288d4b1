"""Job files: lists of jobs that other people's scripts write, read again when they change.

Nothing watches them: they are looked at when a scrape comes.
"""

import os
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from exporter.config.file_pattern import is_in, matching
from exporter.config.job_file_changes import JobFile, read_files
from exporter.config.sections import Account, Config, WatchedJob
from exporter.config.status import JobFileView
from exporter.model.errors import ConfigError, Problem

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class JobFiles:
    """Every job file there is: the files that each pattern matches, and what is in them.

    `unlisted` are the folders that cannot be listed, with the reason: their files are as they were.
    """

    matches: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, JobFile] = field(default_factory=dict)
    unlisted: Mapping[str, str] = field(default_factory=dict)

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
        """Yield what is wrong with each bad file, and with each folder that cannot be listed."""
        for folder, problem in self.unlisted.items():
            yield ConfigError(Path(folder), [Problem("", problem)])
        for name, file in self.files.items():
            if file.problems:
                yield ConfigError(Path(name), file.problems)

    def views(self) -> tuple[JobFileView, ...]:
        """Return the files as they are shown, by name; a folder that cannot be listed is one."""
        problems = {name: file.problem for name, file in self.files.items()}
        problems.update(self.unlisted)
        return tuple(
            JobFileView(_shown(name), problem) for name, problem in sorted(problems.items())
        )


def _shown(name: str) -> str:
    """Return the name of a file as a text that can be encoded, and is no other file's."""
    raw = os.fsencode(name or ".").replace(b"\\", b"\\\\")
    return raw.decode("utf-8", "backslashreplace")


def tell(before: JobFiles, after: JobFiles) -> None:
    """Log which files have become bad since, and which are good again; and of folders the same.

    A file that is bad in another way than before is nothing new: it may be growing.
    """
    for name in before.files.keys() | after.files.keys():
        was = before.files.get(name, JobFile()).problem
        file = after.files.get(name, JobFile())
        if file.problem is not None and was is None:
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
    _tell_of_folders(before, after)


def _tell_of_folders(before: JobFiles, after: JobFiles) -> None:
    for folder in after.unlisted.keys() - before.unlisted.keys():
        log.warning(
            "folder of job files cannot be listed, its files stay as they were",
            folder=_shown(folder),
            jobs=sum(len(file.jobs) for name, file in after.files.items() if is_in(name, folder)),
            error=after.unlisted[folder],
        )
    for folder in before.unlisted.keys() - after.unlisted.keys():
        log.info("folder of job files can be listed again", folder=_shown(folder))


def patterns_of(config: Config) -> tuple[Path, ...]:
    """Return the patterns of every account, each once."""
    return tuple(dict.fromkeys(p for account in config.accounts for p in account.job_files))


def reread(
    patterns: Iterable[Path],
    known: JobFiles,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], object] = time.sleep,
) -> JobFiles:
    """Return the job files as they are now; `known` itself where all is as before.

    Reads those that have changed since; `now` is in Unix seconds, and `pause` waits for so many
    seconds where files may still be written. A pattern that matches nothing is no error: a script
    may not have written there yet. Nothing that is wrong with a file or a folder is raised.
    """
    listings = {pattern: matching(pattern) for pattern in patterns}
    kept = {pattern: _kept(known, pattern, found.unlisted) for pattern, found in listings.items()}
    files = {name: known.files[name] for names in kept.values() for name in names}
    names = dict.fromkeys(name for found in listings.values() for name in found.files)
    files |= read_files(names, known.files, now, pause)
    matches = {
        pattern: tuple(filter(files.__contains__, sorted([*found.files, *kept[pattern]])))
        for pattern, found in listings.items()
    }
    unlisted = dict(ChainMap(*(found.unlisted for found in listings.values())))
    seen = JobFiles(matches, files, unlisted)
    return known if seen == known else seen


def _kept(known: JobFiles, pattern: Path, unlisted: Collection[str]) -> list[str]:
    """Return the files of a pattern that were seen in folders that cannot be listed now."""
    names = known.matches.get(pattern, ()) if unlisted else ()
    return [name for name in names if any(is_in(name, folder) for folder in unlisted)]
