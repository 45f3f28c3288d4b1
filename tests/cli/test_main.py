"""The command line as a whole, as far as it goes without running a command."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from exporter.cli.main import cli
from tests.support.program import PATIENCE, environment, run


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        pytest.param(["--config.file=x"], "serve", id="a flag with its value"),
        pytest.param(["--web.listen-address", ":1"], "serve", id="a flag before its value"),
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


def test_the_program_serves_without_any_argument() -> None:
    result = run(env=environment({"FUSEBILL_EXPORTER_CONFIG_FILE": "/nowhere/config.yaml"}))
    assert result.returncode == 1
    assert 'msg="cannot start" error="/nowhere/config.yaml: ' in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["chekc"], "No such command 'chekc'. Did you mean 'check'?", id="a typo in a command"
        ),
        pytest.param(
            ["sevre", "--log.level=warn"],
            "No such command 'sevre'. Did you mean 'serve'?",
            id="a typo before flags",
        ),
        pytest.param(["zzz"], "No such command 'zzz'.", id="nothing like a command"),
        pytest.param([""], "No such command ''.", id="an empty name"),
        pytest.param(["serve", "x"], "Got unexpected extra argument (x)", id="a word after serve"),
        pytest.param(["demo", "x"], "Got unexpected extra argument (x)", id="a word after demo"),
        pytest.param(
            ["--log.level=warn", "check"],
            "Got unexpected extra argument (check)",
            id="a command after a flag of serve",
        ),
        pytest.param(
            ["--log.levle=warn"],
            "No such option '--log.levle'. Did you mean '--log.level'?",
            id="a typo in a flag",
        ),
    ],
)
def test_a_usage_error_says_what_is_wrong_and_what_is_near(
    arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


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
