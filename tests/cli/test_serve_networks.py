"""`serve` and `check` behind a proxy, with certificates, and with mistakes of the environment."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from exporter.cli.logs import FORMATS
from tests.cli.conftest import LONG
from tests.support.http_proxy import HttpProxy, http_proxy
from tests.support.key_leaks import KEY, leaks
from tests.support.program import LOOPBACK, Program, environment, run, started
from tests.support.secure_api import Certificates, SecureApi, secure_api

pytestmark = pytest.mark.slow

HOST = "api.example.test"
PASSWORD = quote(KEY, safe="")
"""A password of a proxy that the search for leaks knows."""


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path)
    made.write("client")
    made.write("other")
    return made


@pytest.fixture
def api(certificates: Certificates) -> Iterator[SecureApi]:
    with secure_api(certificates.server(HOST)) as server:
        yield server


def configured(folder: Path, **account: str) -> str:
    """Write a configuration of one job; return the flag that names it."""
    lines = [f"    {key}: {value}" for key, value in account.items()]
    start = f"accounts:\n  - base_url: https://{HOST}/v1\n    jobs: [1]\n"
    text = start + "\n".join(lines) + "\nrefresh: {active: 100ms}\n"
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return f"--config.file={folder / 'config.yaml'}"


SOCKS = "is bad: expected an http:// or https:// proxy, because SOCKS is not supported"
NO_FILE = "expected a readable file: No such file or directory"

MISTAKES = [
    pytest.param(
        {"HTTPS_PROXY": f"socks5h://me:{PASSWORD}@h:1"},
        {},
        f"accounts[0].base_url: the variable HTTPS_PROXY {SOCKS}",
        id="a SOCKS proxy",
    ),
    pytest.param(
        {"all_proxy": f"http://me:{PASSWORD}@h:port"},
        {},
        "accounts[0].base_url: the variable all_proxy is bad: expected a proxy such as",
        id="a proxy that cannot be read",
    ),
    pytest.param(
        {"REQUESTS_CA_BUNDLE": "/none"},
        {},
        f"accounts[0].base_url: the variable REQUESTS_CA_BUNDLE is bad: {NO_FILE}",
        id="authorities that are not there",
    ),
    pytest.param(
        {},
        {"tls_config": "{ca_file: none}"},
        f"accounts[0].tls_config.ca_file: {NO_FILE}",
        id="a file that is not there",
    ),
    pytest.param(
        {},
        {"tls_config": "{cert_file: client.crt, key_file: other.key}"},
        "accounts[0].tls_config.key_file: expected the key of the certificate, but",
        id="another certificate's key",
    ),
]


@pytest.mark.parametrize("command", ["serve", "check"])
@pytest.mark.parametrize(("variables", "account", "problem"), MISTAKES)
def test_a_mistake_is_found_before_anything_is_read(
    certificates: Certificates,
    command: str,
    variables: Mapping[str, str],
    account: Mapping[str, str],
    problem: str,
) -> None:
    config = configured(certificates.folder, **account)
    ended = run(command, config, env=environment(variables))
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"config.yaml: {problem}" in line
    assert leaks(line) == set()


def test_a_check_needs_neither_the_key_of_a_certificate_nor_the_variables_of_the_api_key(
    certificates: Certificates,
) -> None:
    (certificates.folder / "client.key").unlink()
    tls = "{cert_file: client.crt, key_file: client.key}"
    config = configured(certificates.folder, tls_config=tls)
    variables = environment()
    del variables["FUSEBILL_API_KEY"]
    ended = run("check", config, env=variables)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_program_with_several_accounts_names_a_variable_once(tmp_path: Path) -> None:
    accounts = "accounts: [{name: a, jobs: [1]}, {name: b, jobs: [1]}]\n"
    (tmp_path / "config.yaml").write_text(accounts, encoding="utf-8")
    variables = environment({"HTTPS_PROXY": "socks5://h"})
    ended = run("check", f"--config.file={tmp_path / 'config.yaml'}", env=variables)
    assert ended.stderr.count("HTTPS_PROXY") == 1


class Said(NamedTuple):
    """All that a program and a check said about a way to the API."""

    log: list[str]
    page: str
    metrics: str
    check: str


def said_about(config: str, proxy: HttpProxy, form: str = "logfmt") -> Said:
    """Run the program and a check behind a proxy that the environment names with a password."""
    variables = {"HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}"}
    flags = (LOOPBACK, config, "--log.level=debug", f"--log.format={form}")
    with started(*flags, env=environment(variables)) as program:
        metrics = program.ask("/metrics", LONG).text
        page = program.ask("/").text
        assert program.end() == 0
    live = run("check", "--live", config, env=environment(variables))
    return Said(program.said, page, metrics, live.stdout + live.stderr)


@pytest.mark.parametrize("form", FORMATS)
def test_the_cause_is_in_the_log_on_the_page_and_in_a_check_and_the_password_nowhere(
    tmp_path: Path, form: str
) -> None:
    with http_proxy(refuses_with=407) as proxy:
        said = said_about(configured(tmp_path), proxy, form)
    shown = f"127.0.0.1:{proxy.port} (HTTPS_PROXY)"
    cause = f"the proxy {shown} refused the user and the password (407)"
    (line,) = (one for one in said.log if "API cannot be read" in one)
    assert cause in line
    assert cause in said.page
    assert cause in said.check
    assert 'reason="connection"' in said.metrics
    assert [one for one in (*said.log, said.page, said.metrics, said.check) if leaks(one)] == []


def test_a_job_is_read_through_a_proxy_with_a_password_that_nothing_shows(
    api: SecureApi, certificates: Certificates
) -> None:
    config = configured(certificates.folder, tls_config="{ca_file: ca.crt}")
    with http_proxy(api.port) as proxy:
        said = said_about(config, proxy)
    assert "fusebill_service_job_up" in said.metrics
    assert {one.target for one in proxy.asked} == {f"{HOST}:443"}
    assert len(api.served) >= 2
    assert [one for one in (*said.log, said.page, said.metrics, said.check) if leaks(one)] == []


def test_the_reason_of_openssl_is_in_the_log_on_the_page_and_in_a_check(
    api: SecureApi, tmp_path: Path
) -> None:
    with http_proxy(api.port) as proxy:
        said = said_about(configured(tmp_path), proxy)
    cause = "failed: unable to get local issuer certificate"
    (line,) = (one for one in said.log if "API cannot be read" in one)
    assert "reason=tls" in line
    assert cause in line
    assert cause in said.page
    assert cause in said.check


def scrape(program: Program) -> str:
    return program.ask("/metrics", LONG).text


def test_certificates_that_change_are_used_without_a_reload(certificates: Certificates) -> None:
    folder = certificates.folder
    tls = "{ca_file: ca.crt, cert_file: client.crt, key_file: client.key}"
    with (
        secure_api(certificates.demanding(certificates)) as api,
        started(LOOPBACK, at_localhost(folder, api.port, tls), env=environment()) as program,
    ):
        while not api.served:
            scrape(program)
        key = (folder / "client.key").read_bytes()
        (folder / "client.key").write_bytes((folder / "other.key").read_bytes())
        before = len(api.served)
        while len(api.served) == before:
            scrape(program)
        (folder / "client.key").write_bytes(key)
        certificates.write("client")
        while len({one.certificate["serialNumber"] for one in api.served}) == 1:
            scrape(program)
        assert program.end() == 0
    events = [line for line in program.said if "TLS files" in line]
    assert ["bad" in line for line in events] == [True, False]
    assert not any("API cannot be read" in line for line in program.said)


def test_a_reload_with_a_bad_certificate_keeps_the_old_configuration(
    certificates: Certificates,
) -> None:
    tls = "{ca_file: ca.crt}"
    with (
        secure_api(certificates.server()) as api,
        started(
            LOOPBACK, at_localhost(certificates.folder, api.port, tls), env=environment()
        ) as program,
    ):
        certificates.ca_file.write_text("half", encoding="ascii")
        answer = program.ask("/-/reload", method="POST")
        assert answer.status == 500
        assert "accounts[0].tls_config.ca_file: expected certificates in PEM" in answer.text
        assert 'fusebill_up{account="default"} 1' in scrape(program)
        assert program.end() == 0


def test_a_reload_with_good_certificates_ends_the_problem_of_bad_ones(
    certificates: Certificates,
) -> None:
    good = certificates.ca_file.read_bytes()
    with secure_api(certificates.server()) as api:
        config = at_localhost(certificates.folder, api.port, "{ca_file: ca.crt}")
        with started(LOOPBACK, config, env=environment()) as program:
            certificates.ca_file.write_text("half", encoding="ascii")
            while not any("TLS files are bad" in line for line in program.said):
                scrape(program)
            certificates.ca_file.write_bytes(good)
            assert program.ask("/-/reload", method="POST").status == 200
            program.line_with("TLS files are good again")
            scrape(program)
            assert program.end() == 0
    assert sum("TLS files" in line for line in program.said) == 2


def at_localhost(folder: Path, port: int, tls: str) -> str:
    """Write a configuration of an API on this machine; return the flag that names it."""
    text = (
        f"accounts: [{{base_url: 'https://localhost:{port}', jobs: [1], tls_config: {tls}}}]\n"
        "refresh: {active: 100ms}\n"
    )
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return f"--config.file={folder / 'config.yaml'}"
