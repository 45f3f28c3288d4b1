"""The command line as a whole, as far as it goes without running a command."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from tests.support.program import PATIENCE


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        pytest.param(["--log.level=warn"], "serve", id="a flag of serve"),
        pytest.param(["serve"], "serve", id="serve"),
        pytest.param(["demo"], "demo", id="demo"),
        pytest.param(["check"], "check", id="check"),
    ],
)
def test_the_command_is_serve_unless_another_is_named(arguments: list[str], command: str) -> None:
    result = CliRunner().invoke(cli, [*arguments, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: cli {command} ")


def test_the_help_names_every_command() -> None:
    lines = CliRunner().invoke(cli, ["--help"]).output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["check", "demo", "serve"]


@pytest.mark.parametrize(
    "module", ["exporter.simulator", "exporter.cli.check", "jinja2", "requests"]
)
def test_serve_does_not_load_what_it_may_never_need(module: str) -> None:
    code = f"import sys, exporter.cli.serve; sys.exit({module!r} in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert result.returncode == 0


def test_the_program_imports_a_command_without_collecting_garbage() -> None:
    """Without the pause there are hundreds of collections."""
    code = """
import gc, sys
collections = []
gc.callbacks.append(lambda phase, info: collections.append(phase))
sys.argv = ["fusebill-exporter", "serve", "--help"]
try:
    from exporter.__main__ import main
    main()
except SystemExit:
    sys.exit(len(collections) > 50)
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert result.returncode == 0


def test_pydantic_searches_no_package_for_plugins() -> None:
    """A plugin would see the values of the configuration, and the search delays each start."""
    code = """
import sys
sys.argv = ["fusebill-exporter", "serve", "--help"]
try:
    from exporter.__main__ import main
    main()
except SystemExit:
    from pydantic.plugin import _loader
    sys.exit(_loader._plugins is not None or list(_loader.get_plugins()) != [])
"""
    result = subprocess.run([sys.executable, "-c", code], timeout=PATIENCE, check=False)
    assert result.returncode == 0
