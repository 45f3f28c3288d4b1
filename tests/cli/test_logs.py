import io
import json
import logging
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import structlog

from exporter.cli import logs
from tests.cli.log_lines import READERS

Logs = Callable[..., io.StringIO]

BOTH = pytest.mark.parametrize("form", logs.FORMATS)
NASTY = [
    pytest.param("two\nlines", id="a line end"),
    pytest.param("back\rover", id="a carriage return"),
    pytest.param("a\r\nb", id="both"),
    pytest.param("a\u2028b\u2029c\x85d", id="Unicode's line ends"),
    pytest.param("a\x0bb\x0cc\x1cd", id="vertical tab, form feed, separator"),
    pytest.param("\x1b[2Jgone\x07", id="a terminal's escape"),
    pytest.param('say "hello" level=error', id="quotes and what looks like a key"),
    pytest.param("C:\\new", id="a backslash"),
    pytest.param("\x00", id="nul"),
    pytest.param("x" * 10_000, id="10,000 characters"),
]


@pytest.fixture(autouse=True)
def _usual_logging() -> Iterator[None]:
    """Begin without handlers; restore logging afterwards."""
    root = logging.getLogger()
    names = ("uvicorn", "urllib3", "asyncio")
    libraries = [logging.getLogger(name) for name in names]
    levels = [(one, one.level) for one in (root, *libraries)]
    handlers = root.handlers[:]
    # basicConfig(force=True) closes the handlers it finds, and pytest still needs its own.
    root.handlers.clear()
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    for one, level in levels:
        one.setLevel(level)


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> Logs:
    """Return a function that sets up logging and returns the text that is logged to."""

    def on_a_text(level: str = "debug", form: str = "logfmt") -> io.StringIO:
        text = io.StringIO(newline="")
        monkeypatch.setattr(sys, "stderr", text)
        logs.set_up(level, form)
        return text

    return on_a_text


def logfmt(line: str) -> dict[str, str]:
    """Parse a line of logfmt that has no escapes."""
    return dict(pair.split("=", 1) for pair in shlex.split(line))


def test_a_line_of_logfmt_has_time_level_and_message_first(set_up: Logs) -> None:
    text = set_up()
    structlog.get_logger().info("listening", address="127.0.0.1:10423", jobs=3, ok=True)
    line = text.getvalue()
    assert [pair.split("=")[0] for pair in line.split()] == [
        *("time", "level", "msg"),
        *("address", "jobs", "ok"),
    ]
    assert line.endswith("level=info msg=listening address=127.0.0.1:10423 jobs=3 ok=true\n")
    assert line.startswith("time=20")
    assert "Z level" in line, "the time is UTC and says so"


def test_a_line_of_json_has_the_same_in_the_same_order(set_up: Logs) -> None:
    text = set_up(form="json")
    structlog.get_logger().info("listening", address="127.0.0.1:10423", jobs=3, ok=True)
    event = json.loads(text.getvalue())
    assert list(event) == ["time", "level", "msg", "address", "jobs", "ok"]
    assert event["time"].endswith("Z")
    assert event | {"time": ""} == {
        "time": "",
        "level": "info",
        "msg": "listening",
        "address": "127.0.0.1:10423",
        "jobs": 3,
        "ok": True,
    }


def test_a_value_with_spaces_is_one_value(set_up: Logs) -> None:
    text = set_up()
    structlog.get_logger().warning("job cannot be read", error='not a "job"')
    assert logfmt(text.getvalue())["msg"] == "job cannot be read"
    assert logfmt(text.getvalue())["error"] == 'not a "job"'


@BOTH
@pytest.mark.parametrize("value", NASTY)
def test_an_event_is_one_line_whatever_its_values(set_up: Logs, value: str, form: str) -> None:
    text = set_up(form=form)
    structlog.get_logger().info(value, key=value)
    assert len(text.getvalue().splitlines()) == 1
    assert "\x1b" not in text.getvalue()


@BOTH
@pytest.mark.parametrize(
    "sign",
    [
        *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # turn around
        *"\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff",  # seen by nobody
        *"\u0085\u2028\u2029\x00\x07\x1b\x7f\x9b",  # line ends and controls
        *"\ufff9\U0001d173\U000e0001\U000e0041",  # annotations, music and tags
        *"\ud800\ue000\U0010ffff\u0378",  # half a pair, private, no character, not given yet
        *"\u00a0\u3000",  # spaces that end no word
    ],
    ids=ascii,
)
def test_what_a_terminal_would_not_show_as_it_is_is_an_escape(
    set_up: Logs, sign: str, form: str
) -> None:
    text = set_up(form=form)
    structlog.get_logger().info("event", key=f"a{sign}b", error=f"a {sign} b")
    line = text.getvalue().removesuffix("\n")
    assert sign not in line
    assert form == "json" or line.isprintable()


@pytest.mark.parametrize("value", ["Terminé", "名前", "שלום", "e\u0301", "🙂", "a\\tb"])
def test_words_in_any_script_stay_as_they_are_in_logfmt(set_up: Logs, value: str) -> None:
    text = set_up()
    structlog.get_logger().info("event", key=value)
    assert text.getvalue().endswith(f" key={value}\n")


@BOTH
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(Path("a\rb\u2028c"), id="a path"),
        pytest.param(ValueError("a\rb\u2028c"), id="an exception"),
        pytest.param(["a\rb\u2028c"], id="a list"),
        pytest.param({"a\rb": "c\u2028d"}, id="a mapping"),
        pytest.param(b"a\rb", id="bytes"),
    ],
)
def test_an_event_is_one_line_whatever_the_type_of_its_values(
    set_up: Logs, value: Any, form: str
) -> None:
    text = set_up(form=form)
    structlog.get_logger().info("read", key=value)
    assert len(text.getvalue().splitlines()) == 1


@pytest.mark.parametrize("value", NASTY)
def test_json_keeps_every_value_as_it_is(set_up: Logs, value: str) -> None:
    text = set_up(form="json")
    structlog.get_logger().info("read", key=value)
    assert json.loads(text.getvalue())["key"] == value


@BOTH
@pytest.mark.parametrize("name", NASTY)
def test_the_name_of_a_job_adds_no_line_and_no_key(set_up: Logs, name: str, form: str) -> None:
    text = set_up(form=form)
    structlog.get_logger().warning("job finished", job_id=7, name=name, state="failed")
    (line,) = text.getvalue().splitlines()
    event = READERS[form](line)
    assert list(event) == ["time", "level", "msg", "job_id", "name", "state"]
    assert (event["level"], event["msg"], event["state"]) == ("warn", "job finished", "failed")


@BOTH
def test_an_exception_is_told_on_one_line(set_up: Logs, form: str) -> None:
    text = set_up(form=form)
    try:
        int("two\nlines")
    except ValueError:
        structlog.get_logger().exception("failed", job_id=7)
    line = text.getvalue()
    assert len(line.splitlines()) == 1
    assert "level" in line
    assert "error" in line
    assert "Traceback (most recent call last)" in line
    assert "ValueError: invalid literal" in line


@BOTH
@pytest.mark.parametrize(
    ("level", "told"),
    [
        pytest.param("debug", ["debug", "info", "warn", "error"], id="debug"),
        pytest.param("info", ["info", "warn", "error"], id="info"),
        pytest.param("warn", ["warn", "error"], id="warn"),
        pytest.param("error", ["error"], id="error"),
    ],
)
def test_events_under_the_level_are_not_told(
    set_up: Logs, level: str, told: list[str], form: str
) -> None:
    text = set_up(level, form)
    log = structlog.get_logger()
    for method in (log.debug, log.info, log.warning, log.error):
        method("event")
    read = json.loads if form == "json" else logfmt
    assert [read(line)["level"] for line in text.getvalue().splitlines()] == told


def test_a_strangers_malformed_requests_do_not_fill_the_log(set_up: Logs) -> None:
    text = set_up("debug")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert text.getvalue() == ""


@pytest.mark.parametrize(
    ("logger", "warning"),
    [
        ("urllib3.connection", "Failed to parse headers: Basic x"),
        ("urllib3.connectionpool", "Connection pool is full, discarding connection: secure"),
    ],
)
def test_what_becomes_of_single_connections_is_not_told(
    set_up: Logs, logger: str, warning: str
) -> None:
    text = set_up("debug")
    logging.getLogger(logger).warning(warning)
    assert text.getvalue() == ""


@BOTH
def test_a_warning_of_a_library_has_the_same_form(set_up: Logs, form: str) -> None:
    text = set_up(form=form)
    logging.getLogger("asyncio").warning("retry %s of\n%d", "a b", 3)
    read = json.loads if form == "json" else logfmt
    event = read(text.getvalue())
    assert list(event) == ["time", "level", "msg"]
    assert event["level"] == "warn"
    assert event["msg"].startswith("retry a b of")
    assert len(text.getvalue().splitlines()) == 1


@BOTH
def test_an_exception_of_a_library_is_told_on_one_line(set_up: Logs, form: str) -> None:
    text = set_up(form=form)
    try:
        int("x")
    except ValueError:
        logging.getLogger("asyncio").exception("task failed")
    assert len(text.getvalue().splitlines()) == 1
    assert "ValueError: invalid literal" in text.getvalue()


@pytest.mark.parametrize("library", ["uvicorn.error", "urllib3.connectionpool", "asyncio"])
def test_what_a_library_says_beside_warnings_is_not_told(set_up: Logs, library: str) -> None:
    text = set_up("debug")
    logging.getLogger(library).info("started")
    logging.getLogger(library).debug("details")
    assert text.getvalue() == ""


def test_the_last_set_up_counts_and_events_are_told_once(set_up: Logs) -> None:
    first, second = set_up("debug", "json"), set_up("info", "logfmt")
    structlog.get_logger().info("event")
    assert first.getvalue() == ""
    assert second.getvalue().count("msg=event") == 1


def test_what_was_logged_is_on_stderr_once_logging_has_ended(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with logs.on_stderr("info", "logfmt"):
        structlog.get_logger().info("first")
        structlog.get_logger().info("last")
    first, last = capfd.readouterr().err.splitlines()
    assert (logfmt(first)["msg"], logfmt(last)["msg"]) == ("first", "last")


def test_what_is_not_logged_but_written_on_stderr_keeps_to_the_order(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with logs.on_stderr("info", "logfmt") as lines:
        structlog.get_logger().info("first")
        click.echo("second", err=True)
        assert sys.stderr is lines
    assert sys.stderr is not lines
    first, second = capfd.readouterr().err.splitlines()
    assert (logfmt(first)["msg"], second) == ("first", "second")


def test_a_stderr_that_is_closed_takes_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with logs.on_stderr("info", "logfmt") as lines:
        structlog.get_logger().info("event")
    assert lines.dropped == 0
