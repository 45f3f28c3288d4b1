"""The web configuration in force: its file, and those that it names, read again when they change.

The toolkit reads everything at each request. Here a request and a new connection read the files
too, and make something new of them only where they hold something new. What cannot be used leaves
the last good one in force, so a full disk or a half-written file neither opens the exporter to
strangers nor shuts its scrapers out:

- a configuration that is not valid, that names files which cannot be used, or that would take away
  what protects;
- a certificate, a key or a CA alone. A rotation writes them one after the other, and no scrape must
  fail in between.

Each is logged once when it breaks and once when it mends, as is a configuration that changes. The
files are small, so they are read in the event loop.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog

from exporter.document import parse_yaml
from exporter.errors import ConfigError, Problem
from exporter.problems import in_order
from exporter.snapshot import WebConfigView
from exporter.web.config import WebConfig, parse_web_config, tls_section
from exporter.web.contents import Contents, Seen
from exporter.web.protection import taken_away
from exporter.web.tls import make_context

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InForce:
    """The last good configuration and the context for TLS, and what is wrong with newer ones.

    `refused` is what is wrong with the configuration as it stands, `unusable` with the certificate,
    key and CA that the one in force names; None where nothing is. `seen` is what it was made of.
    """

    config: WebConfig
    context: ssl.SSLContext | None = None
    refused: str | None = None
    unusable: str | None = None
    seen: Seen = field(default_factory=dict)


class Security:
    """What the web configuration says now; without a file it is plain HTTP for everybody."""

    def __init__(self, file: Path | None = None) -> None:
        """Read the file. Raises ConfigError with every problem in it and in those that it names."""
        self._file = file
        self._now = InForce(WebConfig()) if file is None else begin(file)

    @property
    def config(self) -> WebConfig:
        """The last good configuration."""
        return self._now.config

    @property
    def context(self) -> ssl.SSLContext | None:
        """What a new connection needs for TLS, from the last good files; None without TLS."""
        return self._now.context

    def view(self) -> WebConfigView | None:
        """Return what is wrong with the files as they stand; None without a file."""
        if self._file is None:
            return None
        told = (self._now.refused, self._now.unusable)
        return WebConfigView(tuple(problem for problem in told if problem is not None))

    def look_again(self) -> None:
        """Put in force what has changed and is good."""
        if self._file is None:
            return
        before, self._now = self._now, look(self._file, self._now)
        _tell(self._file, before, self._now)


def begin(file: Path) -> InForce:
    """Return what the files say. Raises ConfigError with every problem in them."""
    contents = Contents()
    made = _make(file, contents)
    if made.config is None or made.problems:
        raise ConfigError(file, made.problems)
    return InForce(made.config, made.context, seen=contents.seen)


def look(file: Path, known: InForce) -> InForce:
    """Return what is in force by the files as they are now; `known` itself if none has changed."""
    contents = Contents()
    if contents.are(known.seen):
        return known
    made = _make(file, contents)
    problems = made.problems
    if made.config is not None:
        problems = in_order([*problems, *taken_away(known.config, made.config)])
        if not problems:
            return InForce(made.config, made.context, seen=contents.seen)
    refused = None if made.config == known.config else str(ConfigError(file, problems))
    context, unusable = _renewed(file, known, contents)
    return InForce(known.config, context, refused, unusable, contents.seen)


def _renewed(
    file: Path, known: InForce, contents: Contents
) -> tuple[ssl.SSLContext | None, str | None]:
    """Return the context of what stays in force, and why it is the last one where it is.

    A certificate is renewed also while a configuration is refused.
    """
    tls = known.config.tls_server_config
    if tls is None:
        return None, None
    try:
        return make_context(tls, file, contents), None
    except ConfigError as error:
        return known.context, str(error)


class _Made(NamedTuple):
    """What was made of the files; `config` is None where it is not valid."""

    config: WebConfig | None
    context: ssl.SSLContext | None
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
    return _Made(config, context, in_order(problems))


def _values(file: Path, contents: Contents) -> tuple[object, list[Problem]]:
    """Return the values in the web configuration and its duplicate keys; raise ConfigError."""
    content = contents.of(file)
    if content.problem:
        raise ConfigError(file, [Problem("", content.problem)])
    return parse_yaml(content.data, file)


def _tell(file: Path, before: InForce, after: InForce) -> None:
    if after.config != before.config:
        users = len(after.config.basic_auth_users)
        log.info("web configuration changed", file=str(file), users=users)
    if after.refused not in (None, before.refused):
        log.error("web configuration is refused, the old one stays", error=after.refused)
    if before.refused is not None and after.refused is None:
        log.info("web configuration is good again", file=str(file))
    if after.unusable not in (None, before.unusable):
        log.warning("certificate or key is bad, the last ones are used", error=after.unusable)
    if before.unusable is not None and after.unusable is None:
        log.info("certificate and key are good again", file=str(file))
