"""The jobs of an account: those of the configuration and those of its job files."""

from glob import glob
from pathlib import Path

from exporter.config import Account, WatchedJob, load_job_file


def watched_jobs(account: Account) -> tuple[WatchedJob, ...]:
    """Return every job to watch in an account, each once: the first that names it counts.

    The configuration goes first, then the files in the order of the patterns and of their names.
    A pattern that matches nothing is no error: a script may not have written there yet. Raises
    ConfigError for a file that is not a list of jobs.
    """
    jobs = {job.id: job for job in account.jobs}
    for pattern in account.job_files:
        for file in sorted(glob(str(pattern))):  # noqa: PTH207  Path.glob takes no absolute pattern
            for job in load_job_file(Path(file)):
                jobs.setdefault(job.id, job)
    return tuple(jobs.values())
