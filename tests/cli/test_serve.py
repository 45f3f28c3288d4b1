"""`serve` as a process of its own: started, scraped, reloaded and ended."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter import __version__
from exporter.simulator import Fault, Simulator
from tests.cli.conftest import DONE, LONG, MISSING, SOON
from tests.cli.log_lines import read_json, read_logfmt
from tests.support.asgi import Answer
from tests.support.program import (
    LOOPBACK,
    PATIENCE,
    environment,
    run,
    serving,
    started,
    write_config,
)
from tests.support.readers import KEY

pytestmark = pytest.mark.slow


def shown(answer: Answer, name: str) -> dict[str, float]:
    """Return the values of a metric by the values of its labels, without the account."""
    return {
        ",".join(value for key, value in sample.labels.items() if key != "account"): sample.value
        for family in parse_text(answer.text)
        for sample in family.samples
        if sample.name == f"fusebill_{name}"
    }


def test_serve_shows_what_the_api_says(api: Simulator, tmp_path: Path) -> None:
    with started(*serving(api, tmp_path, DONE, MISSING)) as program:
        scrape = program.ask("/metrics", LONG)
        page = program.ask("/")
    assert scrape.status == 200
    assert shown(scrape, "service_job_up") == {str(DONE): 1, str(MISSING): 0}
    assert shown(scrape, "service_job_percent_complete") == {str(DONE): 100}
    states = {key: value for key, value in shown(scrape, "jobs").items() if value}
    assert states == {"succeeded": 1, "unread": 1}
    assert shown(scrape, "fetch_errors_total")["not_found"] == 1
    assert "the API knows no such job" in page.text
    assert sorted(request.path for request in api.requests) == [
        f"/v1/serviceJobs/{DONE}",
        f"/v1/serviceJobs/{MISSING}",
    ], "and asks once, not at each scrape"


def test_serve_is_the_default_command(api: Simulator, tmp_path: Path) -> None:
    with started("serve", *serving(api, tmp_path, DONE)) as program:
        assert program.ask("/-/healthy").text == "Healthy\n"


def test_the_flags_may_be_environment_variables(api: Simulator, tmp_path: Path) -> None:
    config, _ = serving(api, tmp_path, DONE)
    variables = {
        "FUSEBILL_EXPORTER_CONFIG_FILE": config.partition("=")[2],
        "FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS": "127.0.0.1:0",
        "FUSEBILL_EXPORTER_WEB_TELEMETRY_PATH": "/mine",
    }
    with started(env=environment(variables)) as program:
        assert program.ask("/mine").status == 200


def test_the_key_may_be_in_a_file(api: Simulator, tmp_path: Path) -> None:
    arguments = serving(api, tmp_path, DONE)
    (tmp_path / "key").write_text(f" {KEY}\n", encoding="ascii")
    (tmp_path / "key").chmod(0o600)
    config = tmp_path / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("name: live", "api_key_file: key"), encoding="utf-8")
    with started(*arguments, env=environment({"FUSEBILL_API_KEY": ""})) as program:
        assert shown(program.ask("/metrics", LONG), "up") == {"": 1}


def test_a_refused_key_is_replaced_by_its_file_at_the_next_scrape(
    api: Simulator, tmp_path: Path
) -> None:
    arguments = serving(api, tmp_path, DONE)
    key, config = tmp_path / "key", tmp_path / "config.yaml"
    key.write_text("b3RoZXI=\n", encoding="ascii")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("name: live", "api_key_file: key"), encoding="utf-8")
    with started(*arguments) as program:
        refused = program.ask("/metrics", LONG)
        key.write_text(f"{KEY}\n", encoding="ascii")
        replaced = program.ask("/metrics", LONG)
    assert [shown(answer, "up") for answer in (refused, replaced)] == [{"": 0}, {"": 1}]
    blocked = [shown(answer, "api_blocked")["key"] for answer in (refused, replaced)]
    assert blocked == [1, 0]
    assert len(api.requests) == 2


def test_every_listen_address_is_logged_and_answers(api: Simulator, tmp_path: Path) -> None:
    more = ("--web.listen-address=[::1]:0", "--web.listen-address=127.0.0.1:0")
    with started(*serving(api, tmp_path, DONE), *more, addresses=3) as program:
        hosts = [address.rpartition(":")[0] for address in program.addresses]
        answers = [program.ask("/-/healthy", address=index).status for index in range(3)]
    assert hosts == ["127.0.0.1", "[::1]", "127.0.0.1"]
    assert len(set(program.addresses)) == 3
    assert answers == [200, 200, 200]


def test_a_name_is_listened_on_at_each_of_its_addresses(api: Simulator, tmp_path: Path) -> None:
    config, _ = serving(api, tmp_path, DONE)
    hosts = {one[4][0] for one in socket.getaddrinfo("localhost", 1, type=socket.SOCK_STREAM)}
    address = "--web.listen-address=localhost:0"
    with started(config, address, addresses=len(hosts)) as program:
        said = [one.rpartition(":") for one in program.addresses]
        answers = {program.ask("/-/healthy", address=index).status for index in range(len(hosts))}
    assert {host.strip("[]") for host, _, _ in said} == hosts
    assert len({port for _, _, port in said}) == 1
    assert answers == {200}


def test_a_unix_socket_is_listened_on_logged_and_gone_at_the_end(
    api: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "s"
    config, _ = serving(api, tmp_path, DONE)
    with started(config, f"--web.listen-address=unix:{path}", "--log.level=debug") as program:
        assert program.addresses == [f"unix:{path}"]
        assert shown(program.ask("/metrics", LONG), "service_job_up") == {str(DONE): 1}
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"no HTTP\r\n\r\n")
            assert "client=unix " in program.line_with("malformed request")
        program.process.send_signal(signal.SIGHUP)
        program.line_with("configuration loaded")
        assert path.exists()
        assert program.end() == 0
    assert not path.exists()


def test_the_unix_socket_of_a_program_that_was_killed_is_replaced(
    api: Simulator, tmp_path: Path
) -> None:
    config, _ = serving(api, tmp_path, DONE)
    address = f"--web.listen-address=unix:{tmp_path / 's'}"
    with started(config, address) as killed:
        refused = run(config, address)
        assert "a program listens on it already" in refused.stderr
        assert killed.ask("/-/healthy").status == 200
        killed.end(signal.SIGKILL)
    with started(config, address) as program:
        assert program.ask("/-/healthy").status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_ends_the_program_at_once(
    api: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    with started(*serving(api, tmp_path, DONE)) as program:
        assert program.ask("/metrics", LONG).status == 200
        assert program.end(number, within=SOON) == 0
        assert program.line_with("stopping").endswith(f"signal={number.name}")
        assert "level=info" in program.line_with("stopped")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_scrape_that_waits_for_the_api_is_answered_before_the_program_ends(
    silent_api: socket.socket, tmp_path: Path, number: signal.Signals
) -> None:
    url = f"http://127.0.0.1:{silent_api.getsockname()[1]}/v1"
    more = "refresh: {timeout: 1m}\n"
    config = f"--config.file={write_config(tmp_path, url, DONE, more=more)}"
    with started(config, LOOPBACK) as program, ThreadPoolExecutor() as pool:
        scrape = pool.submit(program.ask, "/metrics", LONG)
        with closing(silent_api.accept()[0]):
            assert program.end(number, within=SOON) == 0
            answer = scrape.result(PATIENCE)
    assert answer.status == 200
    assert shown(answer, "jobs")["unread"] == 1
    assert shown(answer, "service_job_up") == {}


def test_a_client_that_does_not_take_its_answers_does_not_hold_up_the_end(
    api: Simulator, tmp_path: Path
) -> None:
    get = b"GET / HTTP/1.1\r\nHost: exporter\r\n\r\n"
    with started(*serving(api, tmp_path, *range(1, 2001))) as program, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, _, port = program.addresses[0].partition(":")
        client.connect((host, int(port)))
        client.sendall(get * 40)
        assert client.recv(1)
        assert program.end(within=SOON) == 0
        assert "msg=stopped" in program.said[-1]


def test_a_hangup_loads_the_configuration_anew(api: Simulator, tmp_path: Path) -> None:
    with started(*serving(api, tmp_path, DONE)) as program:
        serving(api, tmp_path, DONE, MISSING)
        program.process.send_signal(signal.SIGHUP)
        assert program.line_with("configuration loaded").endswith("accounts=1 jobs=2")
        assert shown(program.ask("/metrics", LONG), "jobs")["unread"] == 1
        (tmp_path / "config.yaml").write_text("accounts: none\n", encoding="utf-8")
        program.process.send_signal(signal.SIGHUP)
        assert "accounts: expected a list" in program.line_with("level=error")
        assert shown(program.ask("/metrics", LONG), "jobs")["unread"] == 1
        assert shown(program.ask("/metrics"), "exporter_config_last_reload_successful") == {"": 0}


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM], ids=lambda one: one.name)
def test_a_signal_that_comes_while_the_program_ends_changes_nothing(
    api: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    with started(*serving(api, tmp_path, DONE)) as program:
        program.process.send_signal(signal.SIGTERM)
        program.line_with("stopped")
        assert program.end(number) == 0


def test_a_post_to_reload_loads_the_configuration_anew(api: Simulator, tmp_path: Path) -> None:
    with started(*serving(api, tmp_path, DONE)) as program:
        good = program.ask("/-/reload", method="POST")
        (tmp_path / "config.yaml").write_text("accounts: none\n", encoding="utf-8")
        bad = program.ask("/-/reload", method="POST")
        other = program.ask("/-/reload")
    assert (good.status, good.text) == (200, "Reloaded\n")
    assert bad.status == 500
    assert bad.text == f"{tmp_path / 'config.yaml'}: accounts: expected a list\n"
    assert (other.status, other.headers["allow"]) == (405, "POST")


def test_the_demo_can_be_told_to_reload() -> None:
    with started("demo", LOOPBACK) as program:
        assert program.ask("/-/reload", method="POST").status == 200


def test_one_job_can_be_asked_for(api: Simulator, tmp_path: Path) -> None:
    with started(*serving(api, tmp_path)) as program:
        scrape = program.ask(f"/probe?target={DONE}&account=live", LONG)
    assert shown(scrape, "service_job_percent_complete") == {str(DONE): 100}


def test_the_log_of_a_program_is_what_its_flags_say(api: Simulator, tmp_path: Path) -> None:
    api.fail(Fault.SERVER_ERROR)
    with started(*serving(api, tmp_path, DONE), "--log.level=debug") as program:
        program.ask("/metrics", LONG)
        lines = [program.line_with(text) for text in ("API cannot be read", "msg=read", "request")]
    assert [line.split()[1] for line in lines] == ["level=warn", "level=debug", "level=debug"]
    assert "status=200" in lines[2]
    assert not any(KEY in line for line in lines)


def test_the_version_is_printed() -> None:
    result = run("--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"fusebill-exporter, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--no.such.flag"], id="of the default command"),
        pytest.param(["demo", "--jobs=0"], id="of another command"),
    ],
)
def test_a_usage_error_exits_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Usage: fusebill-exporter ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        pytest.param(
            ["--config.file={0}/none.yaml"],
            {},
            "{0}/none.yaml: expected a readable file: No such file or directory",
            id="no configuration",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml"],
            {"FUSEBILL_API_KEY": None},
            "{0}/good.yaml: accounts[0].api_key_env: expected an API key in the environment "
            "variable FUSEBILL_API_KEY, but it is not set",
            id="no key in the environment",
        ),
        pytest.param(
            ["--config.file={0}/key.yaml"],
            {},
            "{0}/key.yaml: accounts[0].api_key_file: expected an API key, but it is empty",
            id="an empty key file",
        ),
        pytest.param(
            ["--config.file={0}/zero.yaml"],
            {},
            "{0}/zero.yaml: accounts[0].api_key_file: expected a regular file",
            id="a key file without an end",
        ),
        pytest.param(
            ["--config.file=/dev/zero"],
            {},
            "/dev/zero: expected a regular file",
            id="a configuration without an end",
        ),
        pytest.param(
            ["--config.file={0}/bad.yaml"],
            {},
            "{0}/bad.yaml: accounts[0].jobs[1]: expected a job id, or a mapping with an id; "
            "refresh.active: expected a duration such as 30s, 5m or 1h30m",
            id="two problems in the configuration",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml"],
            {"FUSEBILL_API_KEY": f"'{KEY}'"},
            "{0}/good.yaml: accounts[0].api_key_env: expected the API key without quotes around it",
            id="an API key in quotes",
        ),
        pytest.param(
            ["--config.file={0}/odd.yaml"], {}, "{0}/odd.yaml: ", id="a key with a line end in it"
        ),
        pytest.param(
            ["--config.file={0}/good.yaml", "--web.config.file={0}/web.yml"],
            {},
            "{0}/web.yml: basic_auth_users.me: expected a bcrypt hash",
            id="a web configuration that cannot be honoured",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml", "--web.config.file={0}/none.yml"],
            {},
            "{0}/none.yml: expected a readable file: No such file or directory",
            id="no web configuration",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml", "--web.listen-address=192.0.2.1:0"],
            {},
            "cannot listen on 192.0.2.1:0: ",
            id="an address of another machine",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml", "--web.listen-address=unix:{0}/none/s"],
            {},
            "cannot listen on unix:{0}/none/s: there is no folder {0}/none",
            id="a Unix socket in a folder that is not there",
        ),
        pytest.param(
            ["--config.file={0}/good.yaml", "--web.listen-address=unix:{0}/good.yaml"],
            {},
            "cannot listen on unix:{0}/good.yaml: there is a file that is no socket",
            id="a file in place of a Unix socket",
        ),
        pytest.param(
            ["demo", "--jobs=1", "--web.listen-address=192.0.2.1:0"],
            {},
            "cannot listen on 192.0.2.1:0: ",
            id="a demo at an address of another machine",
        ),
    ],
)
def test_a_start_that_fails_exits_1_with_one_clear_line(
    files: Path,
    arguments: list[str],
    variables: dict[str, str | None],
    expected: str,
) -> None:
    env = environment() | variables
    result = run(
        *(argument.format(files) for argument in arguments),
        env={name: value for name, value in env.items() if value is not None},
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    event = read_logfmt(result.stderr.rstrip("\n"))
    assert (event["level"], event["msg"]) == ("error", "cannot start")
    assert event["error"].startswith(expected.format(files))


def test_a_start_that_fails_is_told_in_the_format_of_the_log() -> None:
    result = run("--config.file=none.yaml", "--log.format=json", "--log.level=error")
    assert result.returncode == 1
    assert read_json(result.stderr) | {"time": ""} == {
        "time": "",
        "level": "error",
        "msg": "cannot start",
        "error": "none.yaml: expected a readable file: No such file or directory",
    }


def test_a_port_in_use_is_one_clear_line(silent_api: socket.socket, files: Path) -> None:
    address = f"127.0.0.1:{silent_api.getsockname()[1]}"
    result = run(f"--config.file={files / 'good.yaml'}", f"--web.listen-address={address}")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    port = address.partition(":")[2]
    assert f"cannot listen on {address}: port {port} is already in use; choose" in result.stderr
    assert "--web.listen-address" in result.stderr
