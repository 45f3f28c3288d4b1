"""A loaded configuration: the configuration with the keys and the job files that it names."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from exporter.config.api_key import KeyFile, KeySource, Secret, log_exposed
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.sections import Account, Config, WatchedJob
from exporter.model.errors import ConfigError, Problem, SecretError

_CAMEL_CASE = re.compile("[a-z][A-Z]")


class Key(NamedTuple):
    """The source of an account's API key, and the key that it held at the load."""

    source: KeySource
    loaded: Secret


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration, the keys of its accounts by name, and its job files, all checked."""

    config: Config
    keys: Mapping[str, Key]
    job_files: JobFiles

    def jobs_of(self, account: Account) -> tuple[WatchedJob, ...]:
        """Return every job to watch in an account, each once."""
        return self.job_files.jobs_of(account)

    def camel_case_labels(self) -> tuple[str, ...]:
        """Return the users' labels that promtool's lint dislikes, sorted, each once.

        `promtool check metrics` complains about two kinds of labels: `le` and `quantile`, which the
        configuration refuses, and labels in camelCase (`lintCamelCase` in client_golang's
        promlint).
        """
        jobs = (job for account in self.config.accounts for job in self.jobs_of(account))
        names = {name for job in jobs for name in job.labels}
        return tuple(sorted(filter(_CAMEL_CASE.search, names)))

    def log_key_files(self, before: "LoadedConfig | None" = None) -> None:
        """Warn about each key file that every user may read, unless `before` warned about it.

        A problem of a key file that `before` logged is carried over, so that the next read logs
        only its end. Call this before a key is read again.
        """
        problems = {file.path: file.problem for file in before.key_files()} if before else {}
        for file in self.key_files():
            file.problem = problems.get(file.path)
        for path in self.exposed_keys() - (before.exposed_keys() if before else set()):
            log_exposed(path)

    def exposed_keys(self) -> set[Path]:
        """Return the key files that every user may read."""
        return {file.path for file in self.key_files() if file.exposed}

    def key_files(self) -> Iterator[KeyFile]:
        """Yield the key sources that are files."""
        return (key.source for key in self.keys.values() if isinstance(key.source, KeyFile))


Load = Callable[[JobFiles], LoadedConfig]
"""A function that loads the configuration, and reads the job files that differ from the known."""


def load_everything(file: Path, known: JobFiles) -> LoadedConfig:
    """Read a configuration file, and the keys and the job files that it names.

    Raises ConfigError with every problem of the configuration or, if it has none, of its keys. A
    bad job file raises nothing: other people write it, and it must not stop the watch of other
    jobs.
    """
    config = load(file)
    return LoadedConfig(config, read_keys(config, file), reread(patterns_of(config), known))


def read_keys(config: Config, file: Path) -> dict[str, Key]:
    """Return the key of each account, by the account's name; `file` is the configuration file.

    Raises ConfigError naming every missing key.
    """
    keys: dict[str, Key] = {}
    problems = []
    for index, account in enumerate(config.accounts):
        source = account.key_source()
        try:
            keys[account.name] = Key(source, source.read())
        except SecretError as error:
            key = "api_key_file" if account.api_key_file else "api_key_env"
            problems.append(Problem(f"accounts[{index}].{key}", str(error)))
    if problems:
        raise ConfigError(file, problems)
    return keys
