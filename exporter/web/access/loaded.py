"""The loaded web configuration, made from its files. Apart from reading them, this is pure.

An unusable file leaves the last good configuration in force. So a full disk or a half-written file
neither opens the exporter to strangers nor locks its scrapers out. This holds for

- a web configuration that is not valid, that names files which cannot be used, or that would take
  away protection;
- a certificate, key or CA alone. A rotation writes them one after the other, and no scrape may fail
  in between.
"""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from exporter.config.problems import in_order
from exporter.config.yaml_file import parse_yaml
from exporter.model.errors import ConfigError, Problem
from exporter.web.access.file_contents import Contents, FileReader
from exporter.web.access.protection import taken_away
from exporter.web.access.tls import client_cas, make_context
from exporter.web.access.web_config import WebConfig, parse_web_config, tls_section


@dataclass(frozen=True, slots=True)
class LoadedWebConfig:
    """The last good configuration with its TLS context, and the problems of newer files.

    `config_problem` says why the present file is refused. `certificate_problem` says why the
    present certificate, key or CA that `config` names cannot be used. Both are None when all is
    well. `client_cas` holds the CAs with which `context` verifies clients, in PEM. `contents` holds
    the files that were read.
    """

    config: WebConfig
    context: ssl.SSLContext | None = None
    client_cas: bytes = b""
    config_problem: str | None = None
    certificate_problem: str | None = None
    contents: Contents = field(default_factory=dict)


def load(file: Path) -> LoadedWebConfig:
    """Load the web configuration. Raises ConfigError with every problem in its files."""
    files = FileReader()
    made = _make(file, files)
    if made.config is None or made.problems:
        raise ConfigError(file, made.problems)
    return LoadedWebConfig(made.config, made.context, made.client_cas, contents=files.contents)


def reread(file: Path, known: LoadedWebConfig) -> LoadedWebConfig:
    """Return the configuration by the present files; `known` itself if none has changed."""
    files = FileReader()
    if files.are_unchanged(known.contents):
        return known
    made = _make(file, files)
    problems = made.problems
    if made.config is not None:
        problems = in_order([*problems, *taken_away(known.config, made.config)])
        if not problems:
            return LoadedWebConfig(
                made.config, made.context, made.client_cas, contents=files.contents
            )
    refused = None if made.config == known.config else str(ConfigError(file, problems))
    kept = replace(known, config_problem=refused, certificate_problem=None)
    return replace(_renew_certificate(file, kept, files), contents=files.contents)


def _renew_certificate(file: Path, kept: LoadedWebConfig, files: FileReader) -> LoadedWebConfig:
    """Renew the certificate, key and CA of a configuration that stays in force."""
    tls = kept.config.tls_server_config
    if tls is None:
        return kept
    try:
        context, cas = make_context(tls, file, files), client_cas(tls, files)
    except ConfigError as error:
        return replace(kept, certificate_problem=str(error))
    return replace(kept, context=context, client_cas=cas)


class _Made(NamedTuple):
    """Everything made from the files; `config` is None if the web configuration is not valid."""

    config: WebConfig | None
    context: ssl.SSLContext | None
    client_cas: bytes
    problems: list[Problem]


def _make(file: Path, files: FileReader) -> _Made:
    """Make everything anew from the files, and collect every problem in them."""
    config: WebConfig | None = None
    context: ssl.SSLContext | None = None
    values: object = None
    problems: list[Problem] = []
    try:
        values, duplicates = _values(file, files)
        config = parse_web_config(values, file, duplicates)
    except ConfigError as error:
        problems += error.problems
    tls = tls_section(values, file) if config is None else config.tls_server_config
    if tls is not None:
        try:
            context = make_context(tls, file, files)
        except ConfigError as error:
            problems += error.problems
    return _Made(config, context, client_cas(tls, files), in_order(problems))


def _values(file: Path, files: FileReader) -> tuple[object, list[Problem]]:
    """Return the values of the web configuration and its duplicate keys. Raises ConfigError."""
    content = files.read(file)
    if content.problem:
        raise ConfigError(file, [Problem("", content.problem)])
    return parse_yaml(content.data, file)
