"""The web configuration in force: its file, and those that it names, read again when they change.

The toolkit reads everything at each request. Here a request and a new connection read the files
too, and make something new of them only where they hold something new. What turns bad:

- the configuration: every request is answered 500 until it is good again, as the toolkit does.
  Settings that protect must not be ignored, and the last ones may be what was to be changed.
- a certificate, a key or a CA alone: the last good ones stay. A rotation writes them one after
  the other, and no scrape must fail in between.

Each is logged once when it breaks and once when it mends, as is a configuration that changes. The
files are small, so they are read in the event loop.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from exporter.document import parse_yaml
from exporter.errors import ConfigError, Problem
from exporter.problems import in_order
from exporter.web.config import WebConfig, parse_web_config, tls_section
from exporter.web.contents import Contents, Seen
from exporter.web.tls import make_context

log = structlog.get_logger()

_RESTART = Problem(
    "tls_server_config", "expected TLS on or off as it was at the start: that needs a restart"
)


class Security:
    """What the web configuration says now; without a file it is plain HTTP for everybody."""

    def __init__(self, file: Path | None = None) -> None:
        """Read the file. Raises ConfigError with every problem in it and in those that it names."""
        self._file = file
        self._force = _Attempt(WebConfig()) if file is None else _attempt(file, Contents())
        self._seen = self._force.seen
        self._bad_config: str | None = None
        self._bad_files: str | None = None
        if file is not None and self._force.problems:
            raise ConfigError(file, self._force.problems)

    @property
    def config(self) -> WebConfig:
        """The last good configuration."""
        return self._force.config

    @property
    def context(self) -> ssl.SSLContext | None:
        """What a new connection needs for TLS, from the last good files; None without TLS."""
        return self._force.context

    def look_again(self) -> bool:
        """Read what has changed. Return whether what is in force is what the file says."""
        contents = Contents()
        if self._file is not None and not contents.are(self._seen):
            self._take(self._file, contents)
        return self._bad_config is None

    def _take(self, file: Path, contents: Contents) -> None:
        new = _attempt(file, contents)
        self._seen = new.seen
        problems = new.problems
        if not problems and (new.context is None) != (self.context is None):
            problems = [_RESTART]
        if not problems:
            before, self._force = self._force, new
            if new.config != before.config:
                users = len(new.config.basic_auth_users)
                log.info("web configuration changed", file=str(file), users=users)
            self._tell_config(file, None)
            self._tell_files(file, None)
            return
        problem = str(ConfigError(file, problems))
        if new.is_parsed and new.config == self.config:
            self._tell_config(file, None)
            self._tell_files(file, problem)
        else:
            self._tell_config(file, problem)

    def _tell_config(self, file: Path, problem: str | None) -> None:
        before, self._bad_config = self._bad_config, problem
        if problem is not None and problem != before:
            log.error("web configuration is bad, requests are refused", error=problem)
        if problem is None and before is not None:
            log.info("web configuration is good again", file=str(file))

    def _tell_files(self, file: Path, problem: str | None) -> None:
        before, self._bad_files = self._bad_files, problem
        if problem is not None and problem != before:
            log.warning("certificate or key is bad, the last ones are used", error=problem)
        if problem is None and before is not None:
            log.info("certificate and key are good again", file=str(file))


@dataclass
class _Attempt:
    """What came of reading the configuration and the files that it names."""

    config: WebConfig
    context: ssl.SSLContext | None = None
    seen: Seen = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_parsed: bool = True


def _attempt(file: Path, contents: Contents) -> _Attempt:
    """Make everything anew of what is in the files."""
    made = _Attempt(WebConfig())
    values: object = None
    try:
        values, duplicates = _values(file, contents)
        made.config = parse_web_config(values, file, duplicates)
        tls = made.config.tls_server_config
    except ConfigError as error:
        made.problems += error.problems
        made.is_parsed = False
        tls = tls_section(values, file)
    if tls is not None:
        try:
            made.context = make_context(tls, file, contents)
        except ConfigError as error:
            made.problems += error.problems
    made.seen = contents.seen
    made.problems = in_order(made.problems)
    return made


def _values(file: Path, contents: Contents) -> tuple[object, list[Problem]]:
    """Return the values in the web configuration and its duplicate keys; raise ConfigError."""
    content = contents.of(file)
    if content.problem:
        raise ConfigError(file, [Problem("", content.problem)])
    return parse_yaml(content.data, file)
