"""A folder of job files, and what the exporter reads in it."""

import os
from collections.abc import Callable
from pathlib import Path

from exporter.config.job_files import JobFiles, reread
from exporter.config.load import parse
from exporter.config.sections import Account

NOTHING = JobFiles()
EMPTY = "expected a list of jobs, but the file is empty; a list of none is []"
Step = Callable[[], object]


class JobFolder:
    """A folder of job files, and a clock.

    Written files look an hour old by default, so that they count as complete. Each pause of a read
    runs the next step of `meanwhile`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_700_000_000.0
        self.meanwhile: list[Step] = []
        self.pauses: list[float] = []

    def write(self, name: str, text: str, age: float = 3600.0) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (self.now - age, self.now - age))
        return file

    def account(self, *patterns: str, jobs: tuple[object, ...] = ()) -> Account:
        values = {"accounts": [{"jobs": list(jobs), "job_files": list(patterns)}]}
        return parse(values, self.path / "config.yaml").accounts[0]

    def reread(self, *patterns: str, known: JobFiles = NOTHING) -> JobFiles:
        return reread(self.account(*patterns).job_files, known, lambda: self.now, self._pause)

    def ids(
        self, *patterns: str, known: JobFiles = NOTHING, jobs: tuple[object, ...] = ()
    ) -> list[int]:
        seen = self.reread(*patterns, known=known)
        return [job.id for job in seen.jobs_of(self.account(*patterns, jobs=jobs))]

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()


def problems(seen: JobFiles) -> dict[str, str | None]:
    return {Path(view.file).name: view.problem for view in seen.views()}


def jobs(seen: JobFiles) -> dict[str, list[int]]:
    return {Path(name).name: [job.id for job in file.jobs] for name, file in seen.files.items()}


def shut(folder: Path) -> None:
    """Replace a folder by one that cannot be listed, not even by root."""
    folder.rename(folder.with_name("away"))
    folder.symlink_to("x" * 300)


def opened(folder: Path) -> None:
    folder.unlink()
    folder.with_name("away").rename(folder)


UNLISTED = "expected a folder that can be listed: File name too long"
