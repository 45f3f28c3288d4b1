"""What is in force by the files of the web configuration: pure but for reading them.

What cannot be used leaves the last good one in force, so a full disk or a half-written file neither
opens the exporter to strangers nor shuts its scrapers out:

- a configuration that is not valid, that names files which cannot be used, or that would take away
  what protects;
- a certificate, a key or a CA alone. A rotation writes them one after the other, and no scrape must
  fail in between.
"""

import ssl
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from exporter.config.problems import in_order
from exporter.config.yaml_file import parse_yaml
from exporter.model.errors import ConfigError, Problem
from exporter.web.access.file_contents import Contents, Seen
from exporter.web.access.protection import taken_away
from exporter.web.access.tls import authority, make_context
from exporter.web.access.web_config import WebConfig, parse_web_config, tls_section


@dataclass(frozen=True, slots=True)
class LoadedWebConfig:
    """The last good configuration and the context for TLS, and what is wrong with newer ones.

    `refused` is what is wrong with the configuration as it stands, `unusable` with the certificate,
    key and CA that the one in force names; None where nothing is. `authority` are the clients' CAs
    in the context, in PEM. `seen` is what it was made of.
    """

    config: WebConfig
    context: ssl.SSLContext | None = None
    authority: bytes = b""
    refused: str | None = None
    unusable: str | None = None
    seen: Seen = field(default_factory=dict)


def load(file: Path) -> LoadedWebConfig:
    """Return what the files say. Raises ConfigError with every problem in them."""
    contents = Contents()
    made = _make(file, contents)
    if made.config is None or made.problems:
        raise ConfigError(file, made.problems)
    return LoadedWebConfig(made.config, made.context, made.authority, seen=contents.seen)


def reload(file: Path, known: LoadedWebConfig) -> LoadedWebConfig:
    """Return what is in force by the files as they are now; `known` itself if none has changed."""
    contents = Contents()
    if contents.are(known.seen):
        return known
    made = _make(file, contents)
    problems = made.problems
    if made.config is not None:
        problems = in_order([*problems, *taken_away(known.config, made.config)])
        if not problems:
            return LoadedWebConfig(made.config, made.context, made.authority, seen=contents.seen)
    refused = None if made.config == known.config else str(ConfigError(file, problems))
    kept = replace(known, refused=refused, unusable=None, seen=contents.seen)
    return _renew_certificate(file, kept, contents)


def _renew_certificate(file: Path, kept: LoadedWebConfig, contents: Contents) -> LoadedWebConfig:
    """Renew the certificate, key and CA of a configuration that stays in force."""
    tls = kept.config.tls_server_config
    if tls is None:
        return kept
    try:
        context, clients = make_context(tls, file, contents), authority(tls, contents)
    except ConfigError as error:
        return replace(kept, unusable=str(error), seen=contents.seen)
    return replace(kept, context=context, authority=clients, seen=contents.seen)


class _Made(NamedTuple):
    """What was made of the files; `config` is None where it is not valid."""

    config: WebConfig | None
    context: ssl.SSLContext | None
    authority: bytes
    problems: list[Problem]


def _make(file: Path, contents: Contents) -> _Made:
    """Make everything anew of what is in the files, with every problem in them."""
    config: WebConfig | None = None
    context: ssl.SSLContext | None = None
    values: object = None
    problems: list[Problem] = []
    try:
        values, duplicates = _values(file, contents)
        config = parse_web_config(values, file, duplicates)
    except ConfigError as error:
        problems += error.problems
    tls = tls_section(values, file) if config is None else config.tls_server_config
    if tls is not None:
        try:
            context = make_context(tls, file, contents)
        except ConfigError as error:
            problems += error.problems
    return _Made(config, context, authority(tls, contents), in_order(problems))


def _values(file: Path, contents: Contents) -> tuple[object, list[Problem]]:
    """Return the values in the web configuration and its duplicate keys; raise ConfigError."""
    content = contents.of(file)
    if content.problem:
        raise ConfigError(file, [Problem("", content.problem)])
    return parse_yaml(content.data, file)
