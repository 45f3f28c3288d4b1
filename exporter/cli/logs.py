"""Logs: one line an event on stderr, as logfmt or JSON, for our own events and the libraries'."""

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
    "uvicorn": logging.ERROR,  # it warns of each malformed request: a stranger could fill the log
    "urllib3": logging.WARNING,
    "urllib3.connection": logging.ERROR,  # it quotes the API's headers, once for each answer
    "asyncio": logging.WARNING,
}
_FIRST = ("time", "level", "msg")
_STDERR = 2
"""The descriptor, by POSIX."""


@contextmanager
def on_stderr(level: str, form: str) -> Iterator[LogQueue]:
    """Log to stderr, and wait for nobody who reads it but at the end, for `END` seconds.

    `sys.stderr` itself is the queue meanwhile. So warnings, and tracebacks that Python writes by
    itself, wait for nobody either. A stderr that was closed before the start is as /dev/null.
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
    """Write events of `level` and above to `sys.stderr` in the format `form`, from now on.

    The libraries tell less, whatever the level.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        _short_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("msg"),
    ]
    renderer: list[Processor] = (
        [structlog.processors.JSONRenderer()]
        if form == "json"
        else [_one_line, structlog.processors.LogfmtRenderer(key_order=_FIRST, bool_as_flag=False)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, _in_order, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=LEVELS[level], force=True)
    for library, least in _LIBRARIES.items():
        logging.getLogger(library).setLevel(least)
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _short_level(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Name the levels as the flag `--log.level` does."""
    if event["level"] == "warning":
        event["level"] = "warn"
    return event


def _in_order(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put time, level and message first."""
    return {**{key: event[key] for key in _FIRST}, **event}


def _one_line(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Write what is not to be seen as escapes: no value starts a line, or turns one around.

    A line feed is left, as the renderer escapes it by itself.
    """
    return {
        key: value
        if isinstance(value, int | float | None)
        else "\n".join(map(printable, str(value).split("\n")))
        for key, value in event.items()
    }
