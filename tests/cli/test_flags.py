from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from exporter.cli import check, demo, serve
from exporter.cli.main import cli
from exporter.web.server.address import Address, UnixAddress

FLAGS = [
    pytest.param("--config.file", "a/b.yaml", Path("a/b.yaml"), Path("config.yaml"), id="config"),
    pytest.param(
        "--web.listen-address",
        "[::1]:9",
        (Address("::1", 9),),
        (Address("", 10423),),
        id="listen address",
    ),
    pytest.param("--web.telemetry-path", "/m", "/m", "/metrics", id="telemetry path"),
    pytest.param("--web.external-url", "https://example.org/a/", "/a", None, id="external URL"),
    pytest.param("--web.external-url", "", None, None, id="no external URL"),
    pytest.param("--web.route-prefix", "a/", "/a", None, id="route prefix"),
    pytest.param("--web.route-prefix", "/", "", None, id="no prefix of routes"),
    pytest.param("--web.route-prefix", "", None, None, id="the prefix of the external URL"),
    pytest.param("--web.config.file", "web.yml", Path("web.yml"), None, id="web config"),
    pytest.param("--web.config.file", "", None, None, id="no web config"),
    pytest.param("--log.level", "debug", "debug", "info", id="log level"),
    pytest.param("--log.format", "json", "json", "logfmt", id="log format"),
]
BAD_VALUES = [
    pytest.param("--web.listen-address=10423", id="an address without a colon"),
    pytest.param("--web.listen-address=:65536", id="a port out of range"),
    pytest.param("--web.listen-address=", id="no address"),
    pytest.param("--web.telemetry-path=metrics", id="a path without a slash"),
    pytest.param("--web.telemetry-path=", id="no path"),
    pytest.param("--web.telemetry-path=/", id="the path of the page"),
    pytest.param("--web.telemetry-path=/-/healthy", id="the path of health"),
    pytest.param("--web.telemetry-path=/-/ready", id="the path of readiness"),
    pytest.param("--web.telemetry-path=/-/mine", id="a path under /-/"),
    pytest.param("--web.telemetry-path=/{name}", id="a path with a placeholder"),
    pytest.param("--web.telemetry-path=/m?x=1", id="a path with a query"),
    pytest.param("--web.telemetry-path=/m#x", id="a path with a fragment"),
    pytest.param("--web.telemetry-path=//example.org/m", id="a link to another host"),
    pytest.param("--web.external-url=example.org/a", id="a URL without a scheme"),
    pytest.param("--web.external-url='https://example.org/'", id="a URL in quotes"),
    pytest.param("--web.route-prefix=https://example.org/a", id="a URL for a prefix"),
    pytest.param("--web.route-prefix=/a?b", id="a prefix with a query"),
    pytest.param("--log.level=verbose", id="an unknown level"),
    pytest.param("--log.format=xml", id="an unknown format"),
    pytest.param("--no.such.flag", id="an unknown flag"),
    pytest.param("sreve", id="an unknown command"),
]


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in CliRunner().invoke(cli, ["--help"]).output.split():
        if variable.startswith("FUSEBILL_EXPORTER_"):
            monkeypatch.delenv(variable.strip(";]"), raising=False)


def parsed(*arguments: str) -> dict[str, Any]:
    """Return the values with which `serve` would start."""
    return serve.command.make_context("serve", list(arguments)).params


def name_of(flag: str) -> str:
    return flag.removeprefix("--").replace(".", "_").replace("-", "_")


@pytest.mark.parametrize(("flag", "text", "value", "default"), FLAGS)
def test_a_flag_says_its_value(flag: str, text: str, value: object, default: object) -> None:
    assert parsed()[name_of(flag)] == default
    assert parsed(f"{flag}={text}")[name_of(flag)] == value


@pytest.mark.parametrize(("flag", "text", "value", "default"), FLAGS)
def test_an_environment_variable_says_it_too_and_the_flag_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, flag: str, text: str, value: object, default: object
) -> None:
    monkeypatch.setenv(f"FUSEBILL_EXPORTER_{name_of(flag).upper()}", text)
    assert parsed()[name_of(flag)] == value
    if default is not None:
        written = {"config_file": "config.yaml", "web_listen_address": ":10423"}
        again = written.get(name_of(flag), default)
        assert parsed(f"{flag}={again}")[name_of(flag)] == default


def test_serve_has_no_other_flags() -> None:
    assert set(parsed()) == {
        "config_file",
        "web_listen_address",
        "web_systemd_socket",
        "web_telemetry_path",
        "web_external_url",
        "web_route_prefix",
        "web_config_file",
        "log_level",
        "log_format",
    }


def test_there_may_be_several_addresses() -> None:
    flags = ("--web.listen-address=127.0.0.1:1", "--web.listen-address=unix:/run/s")
    assert parsed(*flags)["web_listen_address"] == (Address("127.0.0.1", 1), UnixAddress("/run/s"))


def test_several_addresses_in_the_variable_have_a_space_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS", "127.0.0.1:1 [::1]:2")
    assert parsed()["web_listen_address"] == (Address("127.0.0.1", 1), Address("::1", 2))


@pytest.mark.parametrize(("text", "value"), [("1", True), ("false", False), ("", False)])
def test_the_sockets_of_systemd_are_asked_for_by_a_flag_or_its_variable(
    monkeypatch: pytest.MonkeyPatch, text: str, value: bool
) -> None:
    assert not parsed()["web_systemd_socket"]
    assert parsed("--web.systemd-socket")["web_systemd_socket"]
    monkeypatch.setenv("FUSEBILL_EXPORTER_WEB_SYSTEMD_SOCKET", text)
    assert parsed()["web_systemd_socket"] is value


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--web.systemd-socket", "--web.listen-address=:1"], id="flags"),
        pytest.param(["--web.listen-address=:1", "--web.systemd-socket"], id="the other way round"),
        pytest.param(["--web.systemd-socket"], id="a flag and a variable"),
    ],
)
def test_addresses_beside_the_sockets_of_systemd_are_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    if len(arguments) == 1:
        monkeypatch.setenv("FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS", ":1")
    with pytest.raises(click.UsageError, match=r"either addresses or --web\.systemd-socket"):
        parsed(*arguments)


@pytest.mark.parametrize("argument", BAD_VALUES)
def test_a_bad_value_is_a_usage_error(argument: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        parsed(argument)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--jobs=0"], id="no jobs"),
        pytest.param(["--jobs=many"], id="jobs that are no number"),
        pytest.param(["--jobs=10001"], id="too many jobs"),
        pytest.param(["--speed=0"], id="no speed"),
        pytest.param(["--speed=-1"], id="backwards"),
        pytest.param(["--speed=nan"], id="a speed that is no number"),
        pytest.param(["--speed=inf"], id="an infinite speed"),
        pytest.param(["--seed=x"], id="a seed that is no number"),
        pytest.param(["--config.file=c.yaml"], id="a configuration"),
    ],
)
def test_a_bad_value_of_demo_is_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError) as caught:
        demo.command.make_context("demo", arguments)
    assert caught.value.exit_code == 2


def test_a_flag_of_another_command_is_a_usage_error() -> None:
    with pytest.raises(click.UsageError) as caught:
        check.command.make_context("check", ["--web.listen-address=:1"])
    assert caught.value.exit_code == 2


def test_the_demo_listens_on_this_machine_only_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def addresses(*arguments: str) -> Any:
        return demo.command.make_context("demo", [*arguments]).params["web_listen_address"]

    assert addresses() == (Address("localhost", 10423),)
    assert "localhost:10423]" in CliRunner().invoke(cli, ["demo", "--help"]).output
    monkeypatch.setenv("FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS", ":1")
    assert addresses() == (Address("", 1),)
    assert addresses("--web.listen-address=[::1]:2") == (Address("::1", 2),)


def test_demo_takes_the_web_and_log_flags_too() -> None:
    params = demo.command.make_context("demo", ["--jobs=3", "--log.level=warn"]).params
    shared = parsed("--log.level=warn", "--web.listen-address=localhost:10423")
    del shared["config_file"]
    assert params == shared | {"jobs": 3, "seed": 1, "speed": 1.0}


@pytest.mark.parametrize("flag", [*(param.values[0] for param in FLAGS), "--web.systemd-socket"])
def test_the_help_of_the_program_shows_the_flags_of_serve(flag: str) -> None:
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert f"  {flag} " in result.output
    assert f"FUSEBILL_EXPORTER_{name_of(flag).upper()}" in "".join(result.output.split())


def test_the_help_shows_no_flag_for_a_secret() -> None:
    texts = [
        CliRunner().invoke(cli, [*command, "--help"]).output
        for command in ([], ["serve"], ["demo"], ["check"])
    ]
    assert all("key" not in text.lower() and "password" not in text.lower() for text in texts)
