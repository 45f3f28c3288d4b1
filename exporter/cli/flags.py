"""The flags of several commands, in the style of Prometheus's exporters, and their types."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from exporter.cli import logs
from exporter.model.duration import parse_duration
from exporter.web.app import OWN_PATHS
from exporter.web.prefixes import PATH, external_path, route_prefix
from exporter.web.server.address import parse_address


class _Parsed(click.ParamType[Any]):
    """A value that `parse` makes of a text; a ValueError of `parse` is a usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _unless_empty(parse: Callable[[str], str]) -> Callable[[str], str | None]:
    """Return a parser that makes None of an empty value, such as a variable set to ""."""
    return lambda text: parse(text) if text else None


class Duration(click.ParamType[float]):
    """A duration as Prometheus writes it, longer than 0. The value is in seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds. Refuse 0 and anything that is not a duration."""
        seconds = 0.0
        with suppress(ValueError):
            seconds = parse_duration(value)
        if not seconds:
            self.fail("expected a duration such as 30s, 5m or 1h30m", param, ctx)
        return seconds


class _OptionalFile(click.Path):
    """A path; None for an empty value, such as a variable set to ""."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value, param, ctx) if value else None


def _telemetry_path(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not PATH.fullmatch(value) or value in OWN_PATHS or value.startswith("/-/"):
        message = "expected a path such as /metrics, other than the exporter's own"
        raise click.BadParameter(message)
    return value


def _either_addresses_or_systemd(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Refuse addresses beside the sockets of systemd: nothing would listen on them."""
    is_given = ctx.get_parameter_source(str(param.name)) is not ParameterSource.DEFAULT
    if ctx.params["web_systemd_socket"] and is_given:
        message = "give either addresses or --web.systemd-socket"
        raise click.BadParameter(message)
    return value


def option(flag: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a click option whose parameter and environment variable are named after the flag."""
    name = flag.strip("-").replace(".", "_").replace("-", "_")
    variable = f"FUSEBILL_EXPORTER_{name.upper()}"
    return click.option(
        flag, name, envvar=variable, show_envvar=True, show_default=True, **attributes
    )


config_file = option(
    "--config.file",
    type=click.Path(path_type=Path),
    default="config.yaml",
    help="The configuration file.",
)


_WEB_AND_LOG = (
    option(
        "--web.systemd-socket",
        is_flag=True,
        is_eager=True,  # known when the addresses are checked
        help="Listen on the sockets that systemd hands over, and on nothing else.",
    ),
    option(
        "--web.telemetry-path",
        default="/metrics",
        callback=_telemetry_path,
        help="Path of the metrics.",
    ),
    option(
        "--web.external-url",
        type=_Parsed("url", _unless_empty(external_path)),
        help="URL under which users reach the exporter, such as that of a reverse proxy.",
    ),
    option(
        "--web.route-prefix",
        type=_Parsed("path", _unless_empty(route_prefix)),
        help="Path under which the exporter serves; by default the path of the external URL.",
    ),
    option(
        "--web.config.file",
        type=_OptionalFile(path_type=Path),
        help="Web configuration (TLS, users) in the format of Prometheus's exporter-toolkit.",
    ),
    option(
        "--log.level",
        type=click.Choice(list(logs.LEVELS)),
        default="info",
        help="Least level that is logged.",
    ),
    option(
        "--log.format",
        type=click.Choice(logs.FORMATS),
        default="logfmt",
        help="Format of the log.",
    ),
)


def _listen_address(default: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return option(
        "--web.listen-address",
        type=_Parsed("address", parse_address),
        multiple=True,
        default=[default],
        callback=_either_addresses_or_systemd,
        help="Address to listen on, such as :10423, localhost:10423 or unix:/path; may be given "
        "several times.",
    )


def web_and_log(listen_address: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the flags that `serve` and `demo` share; by default listen on `listen_address`."""

    def add_all(command: Callable[..., Any]) -> Callable[..., Any]:
        for add in reversed((_listen_address(listen_address), *_WEB_AND_LOG)):
            command = add(command)
        return command

    return add_all
