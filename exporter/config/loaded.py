"""A loaded configuration: the configuration with the keys and the job files that it names."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from exporter.config.api_key import KeyFile, KeySource, Secret
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
        """Log each key file that is bad, or that every user may read, unless `before` logged it.

        Call this before a key is read again.
        """
        known = {file.path: file for file in before.key_files()} if before else {}
        for path, file in {file.path: file for file in self.key_files()}.items():
            was = known.get(path)
            file.log_changes(was.problem if was else None, exposed=was is not None and was.exposed)

    def exposed_keys(self) -> set[Path]:
        """Return the key files that every user may read."""
        return {file.path for file in self.key_files() if file.exposed}

    def key_files(self) -> Iterator[KeyFile]:
        """Yield the key sources that are files."""
        return (key.source for key in self.keys.values() if isinstance(key.source, KeyFile))


Load = Callable[[LoadedConfig | None], LoadedConfig]
"""A function that loads the configuration, given the one in force, None at the start.

It reads only the job files that have changed since, and a key file that is kept and has turned bad
keeps its last good key.
"""


def load_everything(file: Path, before: LoadedConfig | None) -> LoadedConfig:
    """Read a configuration file, and the keys and the job files that it names, as a `Load` does.

    Raises ConfigError with every problem of the configuration or, if it has none, of its keys. A
    bad job file raises nothing: other people write it, and it must not stop the watch of other
    jobs.
    """
    config = load(file)
    known = before.job_files if before else JobFiles()
    return LoadedConfig(config, read_keys(config, file, before), reread(patterns_of(config), known))


def read_keys(config: Config, file: Path, before: LoadedConfig | None = None) -> dict[str, Key]:
    """Return the key of each account, by the account's name; `file` is the configuration file.

    A bad key file that `before` names too has its last good key. Raises ConfigError naming every
    other missing key.
    """
    last_good = {one.path: one.last for one in before.key_files()} if before else {}
    keys: dict[str, Key] = {}
    problems = []
    for index, account in enumerate(config.accounts):
        source = account.key_source()
        try:
            if isinstance(source, KeyFile):
                key = source.load(last_good.get(source.path))
            else:
                key = source.read()
            keys[account.name] = Key(source, key)
        except SecretError as error:
            name = "api_key_file" if account.api_key_file else "api_key_env"
            problems.append(Problem(f"accounts[{index}].{name}", str(error)))
    if problems:
        raise ConfigError(file, problems)
    return keys
