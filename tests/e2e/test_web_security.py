"""A real Prometheus scrapes over TLS as a user with a client certificate; others are refused."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import bcrypt
import pytest

from exporter.simulator import SimulatedJob, Simulator
from exporter.web.access.reload import Access
from tests.e2e.conftest import Prometheus, need, prometheus
from tests.e2e.waiting import settled, until
from tests.support.program import PATIENCE, Program, serving, started
from tests.support.readers import KEY
from tests.web.serving import Certificates

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "web-config.example.yml"
USER, PASSWORD = "prometheus", "example-password"
"""The user in the sample."""


def sample_with_tls() -> str:
    """Return the sample with the section on TLS uncommented."""
    head, _, rest = SAMPLE.read_text(encoding="utf-8").partition("#\n# tls_server_config:")
    section, _, tail = rest.partition("\n\n")
    lines = (line.removeprefix("# ") for line in section.split("\n"))
    return f"{head}\ntls_server_config:" + "\n".join(lines) + f"\n\n{tail}"


JOB = 1
REFUSED = {
    "wrong_password": {"basic_auth": {"username": USER, "password": "wrong"}},
    "no_user": {"basic_auth": None},
    "unknown_user": {"basic_auth": {"username": "nobody", "password": PASSWORD}},
    "no_certificate": {"certificate": None},
    "certificate_of_another_ca": {"certificate": "stranger"},
    "plain_http": {"scheme": "http"},
}
"""The scrape jobs that must be refused, each with its mistake."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the sample and the certificates that it names."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "stranger").mkdir()
    (folder / "web.yml").write_text(sample_with_tls(), encoding="utf-8")
    certificates = Certificates(folder)
    certificates.write("server", "localhost", "127.0.0.1")
    certificates.write("client", "prometheus")
    shutil.copy(folder / "ca.crt", folder / "client-ca.crt")
    Certificates(folder / "stranger").write("client", "prometheus")
    return folder


@pytest.fixture(scope="module")
def program(folder: Path) -> Iterator[Program]:
    with (
        Simulator([SimulatedJob(JOB, created=1.0)], api_key=KEY) as api,
        started(*serving(api, folder, JOB), f"--web.config.file={folder / 'web.yml'}") as program,
    ):
        yield program


def scrape(
    folder: Path,
    *,
    scheme: str = "https",
    authority: str = "ca.crt",
    certificate: str | None = "",
    basic_auth: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the settings with which a scrape job connects."""
    tls = {"ca_file": str(folder / authority)}
    if certificate is not None:
        tls["cert_file"] = str(folder / certificate / "client.crt")
        tls["key_file"] = str(folder / certificate / "client.key")
    settings: dict[str, Any] = {"scheme": scheme}
    if scheme == "https":
        settings["tls_config"] = tls
    if basic_auth is not None:
        settings["basic_auth"] = dict(basic_auth)
    return settings


@pytest.fixture(scope="module")
def server(folder: Path, program: Program) -> Iterator[Prometheus]:
    """Run a Prometheus with one correct scrape job, and one with each mistake."""
    right: dict[str, Any] = {"basic_auth": {"username": USER, "password": PASSWORD}}
    jobs = {"right": right} | {name: right | wrong for name, wrong in REFUSED.items()}
    targets = dict.fromkeys(jobs, program.addresses[0])
    settings = {name: scrape(folder, **how) for name, how in jobs.items()}
    with prometheus(folder, targets, settings=settings) as server:
        yield server


def health(server: Prometheus) -> dict[str, str]:
    """Return the health of each scrape job."""
    targets: Any = server.get("targets")
    return {one["labels"]["job"]: one["health"] for one in targets["activeTargets"]}


def last_errors(server: Prometheus) -> dict[str, str]:
    """Return Prometheus's last error of each scrape job."""
    targets: Any = server.get("targets")
    return {one["labels"]["job"]: one["lastError"] for one in targets["activeTargets"]}


def becomes(server: Prometheus, expected: str) -> bool:
    """Wait until the correct scrape job has the expected health; return whether it does."""

    def seen() -> str | None:
        return health(server).get("right")

    return settled(seen, lambda health: health == expected) == expected


def test_the_right_one_comes_in_and_no_other(server: Prometheus) -> None:
    expected = {"right": "up"} | dict.fromkeys(REFUSED, "down")
    assert settled(lambda: health(server), lambda seen: seen == expected) == expected
    refused = {"wrong_password", "no_user", "unknown_user"}

    def answered_401() -> set[str]:
        return {name for name, error in last_errors(server).items() if "401 Unauth" in error}

    found = settled(answered_401, lambda names: names == refused)
    assert found == refused, "the others did not get as far as to an answer"
    until(
        lambda: server.get("query", query='fusebill_service_job_up{job="right"} == 1'),
        lambda found: found["result"],  # type: ignore[index,call-overload]
        "no sample arrived",
    )


def test_a_replaced_certificate_is_the_one_that_a_new_connection_sees(
    server: Prometheus, program: Program, folder: Path
) -> None:
    assert becomes(server, "up")
    before = shown(program, folder)
    replaced = Certificates(folder, name="new-ca.crt")
    replaced.write("server", "localhost", "127.0.0.1")
    (folder / "ca.crt").write_bytes((folder / "new-ca.crt").read_bytes())
    after = until(lambda: shown(program, folder), lambda seen: seen != before, "not replaced")
    assert after != before
    assert becomes(server, "up")


def shown(program: Program, folder: Path) -> bytes | None:
    """Return the certificate that a new connection gets."""
    host, _, port = program.addresses[0].rpartition(":")
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(folder / "client.crt", folder / "client.key")
    with closing(HTTPSConnection(host, int(port), timeout=PATIENCE, context=context)) as connection:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        return connection.sock.getpeercert(binary_form=True)


def test_a_replaced_password_shuts_out_the_old_one(server: Prometheus, folder: Path) -> None:
    assert becomes(server, "up")
    text = (folder / "web.yml").read_text(encoding="utf-8")
    changed = folder / "web.yml.new"
    users = f"basic_auth_users:\n  {USER}: {bcrypt.hashpw(b'new', bcrypt.gensalt(4)).decode()}\n"
    changed.write_text(text.partition("basic_auth_users")[0] + users, encoding="utf-8")
    os.replace(changed, folder / "web.yml")  # noqa: PTH105  what tools that replace a file do
    assert becomes(server, "down")


def test_the_sample_loads_with_certificates_at_its_paths(folder: Path, tmp_path: Path) -> None:
    for name in ("server.crt", "server.key", "client-ca.crt"):
        shutil.copy(folder / name, tmp_path / name)
    file = tmp_path / "web.yml"
    file.write_text(sample_with_tls(), encoding="utf-8")
    access = Access(file)
    users = access.config.basic_auth_users
    assert access.context is not None
    assert bcrypt.checkpw(PASSWORD.encode(), users[USER].encode())
    assert PASSWORD in SAMPLE.read_text(encoding="utf-8")


def test_the_sample_serves_plain_http_as_it_is_shipped() -> None:
    access = Access(SAMPLE)
    assert access.context is None
    assert access.config.basic_auth_users.keys() == {USER}


@pytest.mark.parametrize("tls", [False, True], ids=["as it is shipped", "with TLS"])
def test_promtool_accepts_the_sample(folder: Path, tmp_path: Path, tls: bool) -> None:
    need("promtool")
    for name in ("server.crt", "server.key", "client-ca.crt"):
        shutil.copy(folder / name, tmp_path / name)
    file = tmp_path / "web.yml"
    file.write_text(sample_with_tls(), encoding="utf-8")
    file = file if tls else SAMPLE
    done = subprocess.run(
        ["promtool", "check", "web-config", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
