"""The flags, in the style of Prometheus's own exporters, each also as an environment variable."""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from exporter.cli import logs
from exporter.model.duration import parse_duration
from exporter.web.app import OWN_PATHS
from exporter.web.server.listening import Address, parse_address

_PATH = re.compile(r"(/[A-Za-z0-9_.~-]+)+")


class DefaultToServe(click.Group):
    """A group whose command is `serve` unless another is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `serve` before arguments that name no command."""
        named = args and (args[0] in self.commands or args[0] in ("--help", "--version"))
        return super().parse_args(ctx, args if named else ["serve", *args])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the flags of `serve` too: they are the program's, as most people start it."""
        super().format_options(ctx, formatter)
        command = self.commands["serve"]
        records = [record for one in command.params if (record := one.get_help_record(ctx))]
        with formatter.section("Options of serve, the default command"):
            formatter.write_dl(records)


class _AddressType(click.ParamType[Address]):
    name = "address"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address:
        try:
            return parse_address(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Duration(click.ParamType[float]):
    """A duration as Prometheus writes it, in seconds; more than 0."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return its seconds."""
        seconds = 0.0
        with suppress(ValueError):
            seconds = parse_duration(value)
        if not seconds:
            self.fail("expected a duration such as 30s, 5m or 1h30m", param, ctx)
        return seconds


class _OptionalFile(click.Path):
    """A file, or none where the flag is empty, as its environment variable may be too."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value, param, ctx) if value else None


def _telemetry_path(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if not _PATH.fullmatch(value) or value in OWN_PATHS or value.startswith("/-/"):
        message = "expected a path such as /metrics, other than the exporter's own"
        raise click.BadParameter(message)
    return value


def finite(_ctx: click.Context, _param: click.Parameter, value: float) -> float:
    """Refuse `nan`, which is inside of every range."""
    if not math.isfinite(value):
        message = "expected a number"
        raise click.BadParameter(message)
    return value


def option(flag: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return an option in the style of Prometheus's exporters, with its environment variable."""
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


def web_and_log(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags that `serve` and `demo` share."""
    options = (
        option(
            "--web.listen-address",
            type=_AddressType(),
            multiple=True,
            default=[":10423"],
            help="Address to listen on; may be given several times.",
        ),
        option(
            "--web.telemetry-path",
            default="/metrics",
            callback=_telemetry_path,
            help="Path of the metrics.",
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
    for add in reversed(options):
        command = add(command)
    return command
