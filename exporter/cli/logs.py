"""The log: one line per event on stderr, as logfmt or JSON, with the events of libraries."""

import logging
import os
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, redirect_stderr
from typing import Any

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor, WrappedLogger

from exporter.cli.log_queue import LogQueue
from exporter.model.safe_text import printable

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
FORMATS = ("logfmt", "json")

_LIBRARIES = {
    "uvicorn": logging.ERROR,  # it warns of each malformed request: anybody could fill the log
    "urllib3": logging.ERROR,  # its warnings tell of each connection, and quote the API's headers
    "asyncio": logging.WARNING,
}
"""The lowest level of each library's events that is logged, whatever `--log.level` says."""

_FIRST_KEYS = ("time", "level", "msg")
_STDERR = 2
"""The file descriptor of stderr in POSIX."""


@contextmanager
def on_stderr(level: str, form: str) -> Iterator[LogQueue]:
    """Log to stderr during the block, without waiting for the reader of stderr.

    Only the end of the block waits, for at most `END` seconds. During the block `sys.stderr` is the
    queue, so Python's warnings and tracebacks do not wait either. If stderr was closed before the
    start, the lines go to /dev/null.
    """
    closed = sys.stderr is None
    lines = LogQueue(os.open(os.devnull, os.O_WRONLY) if closed else _STDERR)
    with redirect_stderr(lines):
        set_up(level, form)
        try:
            yield lines
        finally:
            lines.end()


def set_up(level: str, form: str) -> None:
    """Write events of `level` and above to `sys.stderr` in the format `form` from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(form))
    logging.basicConfig(handlers=[handler], level=LEVELS[level], force=True)
    for library, least in _LIBRARIES.items():
        logging.getLogger(library).setLevel(least)
    structlog.configure(
        processors=[*_SHARED, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _formatter(form: str) -> ProcessorFormatter:
    """Return the formatter that turns an event of the exporter or a library into a line."""
    renderer: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if form == "json"
        else [
            _one_line,
            structlog.processors.LogfmtRenderer(key_order=_FIRST_KEYS, bool_as_flag=False),
        ]
    )
    return ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[ProcessorFormatter.remove_processors_meta, _in_order, *renderer],
    )


def _short_level(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Shorten `warning` to `warn`, the word of the flag `--log.level`."""
    if event["level"] == "warning":
        event["level"] = "warn"
    return event


def _in_order(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put time, level and message first."""
    return {**{key: event[key] for key in _FIRST_KEYS}, **event}


def _one_line(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Escape invisible characters, so that no value starts a new line or reverses its direction.

    Line feeds stay: the logfmt renderer escapes them itself.
    """
    return {
        key: value
        if isinstance(value, int | float | None)
        else "\n".join(map(printable, str(value).split("\n")))
        for key, value in event.items()
    }


_SHARED: tuple[Processor, ...] = (
    structlog.stdlib.add_log_level,
    _short_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.format_exc_info,
    structlog.processors.EventRenamer("msg"),
)
"""The first steps for every event, of the exporter or of a library."""
