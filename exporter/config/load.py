"""Loading of configuration files and job files: text in, checked sections out."""

from pathlib import Path

from pydantic import ValidationError

from exporter.config.clashes import clashes, duplicate_jobs
from exporter.config.gc_pause import gc_paused
from exporter.config.problems import in_order, problems_of
from exporter.config.sections import KNOWN_KEYS, Config, JobList, WatchedJob
from exporter.config.yaml_file import load_yaml, parse_yaml
from exporter.model.errors import ConfigError, Problem


def load(file: Path, *, or_pipe: bool = False) -> Config:
    """Read and parse a configuration file; with `or_pipe`, `file` may be a pipe, read to its end.

    Raises ConfigError with every problem in the file.
    """
    values, duplicates = load_yaml(file, or_pipe=or_pipe)
    return parse(values, file, duplicates)


def parse(values: object, file: Path, duplicates: list[Problem] | None = None) -> Config:
    """Return the Config made of the values of the configuration file `file`. Reads no file.

    Relative paths are relative to the folder of `file`. Raises ConfigError with the `duplicates`
    (the problems of repeated keys) and every problem in the values.
    """
    problems = [*(duplicates or []), *clashes(values)]
    folder = {"folder": file.parent}
    try:
        with gc_paused():
            config = Config.model_validate({} if values is None else values, context=folder)
    except ValidationError as error:
        problems += problems_of(error, values, KNOWN_KEYS)
    if problems:
        raise ConfigError(file, in_order(problems))
    return config


def parse_job_list(raw: bytes, file: Path) -> tuple[WatchedJob, ...]:
    """Return the jobs in the text of a job file. Raises ConfigError with every problem in it.

    An empty file is an error, not an empty list: a file is also empty while a script writes it, and
    after the script failed or the disk was full. An empty list is `[]`, or only a comment.
    """
    if not raw.strip():
        message = "expected a list of jobs, but the file is empty; a list of none is []"
        raise ConfigError(file, [Problem("", message)])
    values, problems = parse_yaml(raw, file)
    entries = [] if values is None else values
    problems += duplicate_jobs(entries, "")
    try:
        with gc_paused():
            jobs = JobList.model_validate({"jobs": entries}).jobs
    except ValidationError as error:
        found = problems_of(error, {"jobs": entries}, KNOWN_KEYS)
        problems += [Problem(p.path.removeprefix("jobs"), p.message) for p in found]
    if problems:
        raise ConfigError(file, in_order(problems))
    return jobs
