"""Everything that a configuration file stands for, read and checked before any of it is used."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from exporter.config.api_key import KeyFile, KeySource, Secret, tell_exposed
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.sections import Account, Config, WatchedJob
from exporter.model.errors import ConfigError, Problem, SecretError


class Key(NamedTuple):
    """Where an account's API key comes from, and the key that was there when it was loaded."""

    source: KeySource
    loaded: Secret


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration with the keys of its accounts, by name, and the files of their jobs."""

    config: Config
    keys: Mapping[str, Key]
    job_files: JobFiles

    def jobs_of(self, account: Account) -> tuple[WatchedJob, ...]:
        """Return every job to watch in an account, each once."""
        return self.job_files.jobs_of(account)

    def all_jobs(self) -> Iterator[WatchedJob]:
        """Yield every job to watch in every account."""
        for account in self.config.accounts:
            yield from self.jobs_of(account)

    def take_over(self, before: "LoadedConfig | None" = None) -> None:
        """Take the place of another one: what was told of a key file is known, and its end is told.

        Tells which key files every user may read, unless that was so before. Call it before a key
        is read again.
        """
        told = {file.path: file.problem for file in before.key_files()} if before else {}
        for file in self.key_files():
            file.problem = told.get(file.path)
        for path in self.exposed_keys() - (before.exposed_keys() if before else set()):
            tell_exposed(path)

    def exposed_keys(self) -> set[Path]:
        """Return the key files that every user may read."""
        return {file.path for file in self.key_files() if file.exposed}

    def key_files(self) -> Iterator[KeyFile]:
        """Yield the keys that are in files."""
        return (key.source for key in self.keys.values() if isinstance(key.source, KeyFile))


Load = Callable[[JobFiles], LoadedConfig]
"""What loads a setup; the job files that are known are not read again unless they have changed."""


def load_everything(file: Path, known: JobFiles) -> LoadedConfig:
    """Read a configuration file, the keys and the job files that it names.

    Raises ConfigError, with every problem of the configuration, or of its keys. A bad job file is
    none: it is other people's, and what else is to be watched is watched.
    """
    config = load(file)
    return LoadedConfig(config, read_keys(config, file), reread(patterns_of(config), known))


def read_keys(config: Config, file: Path) -> dict[str, Key]:
    """Return the key of each account, by its name. Raises ConfigError with all that there are not.

    `file` is the configuration's.
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
