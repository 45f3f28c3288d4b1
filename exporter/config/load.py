"""Loading: the configuration file and job files, as the sections that they hold."""

from pathlib import Path

from pydantic import ValidationError

from exporter.config.clashes import clashes, duplicate_jobs
from exporter.config.garbage import uncollected
from exporter.config.problems import in_order, problems_of
from exporter.config.sections import KNOWN_KEYS, Config, JobList, WatchedJob
from exporter.config.yaml_file import load_yaml, parse_yaml
from exporter.model.errors import ConfigError, Problem


def load(file: Path, *, or_pipe: bool = False) -> Config:
    """Read and parse a configuration file; with `or_pipe`, wait for that of a pipe.

    Raises ConfigError, with every problem in the file, when it is not a valid configuration.
    """
    values, duplicates = load_yaml(file, or_pipe=or_pipe)
    return parse(values, file, duplicates)


def parse(values: object, file: Path, duplicates: list[Problem] | None = None) -> Config:
    """Turn the values of the configuration file `file` into a Config; reads nothing.

    Relative paths belong to the folder of `file`. Raises ConfigError with the duplicate keys that
    were found and with everything that is wrong in the values.
    """
    problems = [*(duplicates or []), *clashes(values)]
    folder = {"folder": file.parent}
    try:
        with uncollected():
            config = Config.model_validate({} if values is None else values, context=folder)
    except ValidationError as error:
        problems += problems_of(error, values, KNOWN_KEYS)
    if problems:
        raise ConfigError(file, in_order(problems))
    return config


def parse_job_list(raw: bytes, file: Path) -> tuple[WatchedJob, ...]:
    """Return the jobs in the text of a job file. Raises ConfigError, with every problem in it.

    An empty file is no list of none: so a file stands while a script that is to write it works,
    and after one that failed or found the disk full. A list of none is `[]`, or a comment alone.
    """
    if not raw.strip():
        message = "expected a list of jobs, but the file is empty; a list of none is []"
        raise ConfigError(file, [Problem("", message)])
    values, problems = parse_yaml(raw, file)
    entries = [] if values is None else values
    problems += duplicate_jobs(entries, "")
    try:
        with uncollected():
            jobs = JobList.model_validate({"jobs": entries}).jobs
    except ValidationError as error:
        found = problems_of(error, {"jobs": entries}, KNOWN_KEYS)
        problems += [Problem(p.path.removeprefix("jobs"), p.message) for p in found]
    if problems:
        raise ConfigError(file, in_order(problems))
    return jobs
