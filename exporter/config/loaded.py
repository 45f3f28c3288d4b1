"""A loaded configuration: the configuration with the keys and the job files that it names."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from exporter.config.api_key import KeyFile, KeySource, Secret
from exporter.config.environment import problems_of_environment
from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import load
from exporter.config.problems import in_order
from exporter.config.sections import Account, Config, WatchedJob
from exporter.config.tls_files import TlsFiles
from exporter.model.errors import ConfigError, Problem, SecretError

_CAMEL_CASE = re.compile("[a-z][A-Z]")


class Key(NamedTuple):
    """The source of an account's API key, and the key that it held at the load."""

    source: KeySource
    loaded: Secret


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration, the keys and the TLS files of its accounts by name, and its job files.

    All of them are checked.
    """

    config: Config
    keys: Mapping[str, Key]
    job_files: JobFiles
    tls_files: Mapping[str, TlsFiles] = field(default_factory=dict)

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

    def log_tls_files(self, before: "LoadedConfig") -> None:
        """Log which TLS files are good again; those of `before` were in force before."""
        for name in self.tls_files.keys() & before.tls_files.keys():
            self.tls_files[name].log_end_of(before.tls_files[name].problem)

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
    """Read a configuration file and the files that it names, as a `Load` does.

    Raises ConfigError with every problem of the configuration or, if it has none, of its keys and
    certificates and of the environment. A bad job file raises nothing: other people write it, and
    it must not stop the watch of other jobs.
    """
    config = load(file)
    known = before.job_files if before else JobFiles()
    secrets = read_secrets(config, file, os.environ, before)
    return LoadedConfig(config, secrets.keys, reread(patterns_of(config), known), secrets.tls_files)


class Secrets(NamedTuple):
    """The keys and the TLS files of the accounts, by the account's name."""

    keys: Mapping[str, Key]
    tls_files: Mapping[str, TlsFiles]


def read_secrets(
    config: Config,
    file: Path,
    environment: Mapping[str, str],
    before: LoadedConfig | None = None,
    *,
    with_keys: bool = True,
) -> Secrets:
    """Read the key and the TLS files of each account; `file` is the configuration file.

    A bad key file that `before` names too has its last good key. Without `with_keys`, no API key is
    read, and private keys only if they can be. Raises ConfigError with every problem of the files
    and of the environment.
    """
    last_good = {one.path: one.last for one in before.key_files()} if before else {}
    keys: dict[str, Key] = {}
    tls_files: dict[str, TlsFiles] = {}
    problems = _once(problems_of_environment(config, environment))
    for index, account in enumerate(config.accounts):
        path = f"accounts[{index}]"
        tls = tls_files[account.name] = TlsFiles(account.name, account.tls_config)
        found = tls.load(with_key=with_keys)
        problems += [Problem(f"{path}.{one.path}", one.message) for one in found]
        try:
            if with_keys:
                keys[account.name] = _key_of(account, last_good)
        except SecretError as error:
            name = "api_key_file" if account.api_key_file else "api_key_env"
            problems.append(Problem(f"{path}.{name}", str(error)))
    if problems:
        raise ConfigError(file, in_order(problems))
    return Secrets(keys, tls_files)


def _key_of(account: Account, last_good: Mapping[Path, Secret | None]) -> Key:
    source = account.key_source()
    if isinstance(source, KeyFile):
        return Key(source, source.load(last_good.get(source.path)))
    return Key(source, source.read())


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems; of those with the same message, as many accounts have, the first."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.message, problem)
    return list(first.values())
