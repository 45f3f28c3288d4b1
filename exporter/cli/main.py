"""The command line: its commands, and the default command."""

from importlib import import_module

import click

from exporter import __version__
from exporter.config.gc_pause import imports_for_good
from exporter.scrape.threads import leave

_COMMANDS = ("check", "demo", "serve")
_OWN_FLAGS = ("--help", "--version")


class _Commands(click.Group):
    """The commands, each the `command` of the module of its name; `serve` is the default.

    A command is imported only when it is used, because imports take most of the start-up time.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names in the order in which `--help` shows them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command with this name, or None."""
        if cmd_name not in _COMMANDS:
            return None
        with imports_for_good():
            command: click.Command = import_module(f"exporter.cli.{cmd_name}").command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `serve` before no argument, and before a flag of its own."""
        of_serve = not args or (args[0].startswith("-") and args[0] not in _OWN_FLAGS)
        return super().parse_args(ctx, ["serve", *args] if of_serve else args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names; refuse any other, with a near name."""
        if args[0] not in _COMMANDS:
            raise click.NoSuchCommand(args[0], possibilities=_COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the flags of `serve` too, because most people start it without naming it."""
        super().format_options(ctx, formatter)
        serve = import_module("exporter.cli.serve").command
        records = [record for flag in serve.params if (record := flag.get_help_record(ctx))]
        with formatter.section("Options of serve, the default command"):
            formatter.write_dl(records)


@click.group(cls=_Commands, context_settings={"max_content_width": 100})
@click.version_option(__version__, prog_name="fusebill-exporter")
def cli() -> None:
    """Prometheus exporter for the long-running service jobs of Stax Bill (formerly Fusebill)."""


def run() -> None:
    """Run the command line and exit with its code, even if a read still hangs in a thread."""
    try:
        cli(prog_name="fusebill-exporter")
    except SystemExit as end:
        if isinstance(end.code, int):
            leave(end.code)
        raise
