"""The way to an API: what leads there, what is trusted, and what is shown there."""

import base64
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest

from exporter.api.connection import Shared
from exporter.api.session import Way
from exporter.config.sections import Account
from exporter.config.tls_files import Pems, TlsFiles
from exporter.model.attempt import Answer
from exporter.model.failures import ReadTimeout
from tests.api.networks import ELSEWHERE, failure, read
from tests.support.http_proxy import Asked, http_proxy
from tests.support.program import PATIENCE
from tests.support.readers import KEY
from tests.support.secure_api import Certificates, SecureApi, secure_api

pytestmark = pytest.mark.slow

UNTRUSTED = ("tls", "the TLS connection to the API failed: unable to get local issuer certificate")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@pytest.fixture
def api(certificates: Certificates) -> Iterator[SecureApi]:
    with secure_api(certificates.server("localhost", "127.0.0.1", "api.example.test")) as server:
        yield server


def here(api: SecureApi) -> str:
    return f"https://localhost:{api.port}/v1"


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_variable_names_the_file_of_authorities(
    api: SecureApi, certificates: Certificates, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failure(here(api)) == UNTRUSTED
    monkeypatch.setenv(name, str(certificates.ca_file))
    assert isinstance(read(here(api)), Answer)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"])
def test_a_variable_names_a_folder_of_authorities(
    api: SecureApi, certificates: Certificates, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["openssl", "rehash", certificates.folder], check=True)
    monkeypatch.setenv(name, str(certificates.folder))
    assert isinstance(read(here(api)), Answer)


def test_one_of_several_folders_may_have_the_authorities(
    api: SecureApi, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["openssl", "rehash", certificates.folder], check=True)
    monkeypatch.setenv("SSL_CERT_DIR", f"/none:{certificates.folder}")
    assert isinstance(read(here(api)), Answer)


def test_the_file_and_the_folder_of_the_system_count_side_by_side(
    api: SecureApi, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "beside").mkdir()
    beside = Certificates(tmp_path / "beside")
    subprocess.run(["openssl", "rehash", certificates.folder], check=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(beside.ca_file))
    monkeypatch.setenv("SSL_CERT_DIR", str(certificates.folder))
    assert isinstance(read(here(api)), Answer)
    with secure_api(beside.server()) as other:
        assert isinstance(read(here(other)), Answer)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_replaces_the_systems_authorities(
    api: SecureApi,
    certificates: Certificates,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    monkeypatch.setenv(name, str(Certificates(tmp_path, "other.crt").ca_file))
    assert failure(here(api)) == UNTRUSTED


def test_the_authorities_of_the_configuration_replace_all_others(
    api: SecureApi, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Certificates(tmp_path, "other.crt")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    assert failure(here(api), tls_config={"ca_file": str(other.ca_file)}) == UNTRUSTED
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none")
    trusting = {"ca_file": str(certificates.ca_file)}
    assert isinstance(read(here(api), tls_config=trusting), Answer)


def test_the_authorities_of_the_configuration_replace_those_of_certifi(
    api: SecureApi, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificates.ca_file))
    other = Certificates(tmp_path, "other.crt")
    assert failure(here(api), tls_config={"ca_file": str(other.ca_file)}) == UNTRUSTED


def test_an_intermediate_authority_is_enough_as_in_go(
    certificates: Certificates, tmp_path: Path
) -> None:
    above, below = certificates.authority, Certificates(tmp_path, "below.crt")
    below.authority = above.create_child_ca()
    below.authority.cert_pem.write_to_path(str(below.ca_file))
    with secure_api(below.server()) as api:
        answer = read(here(api), tls_config={"ca_file": str(below.ca_file)})
    assert isinstance(answer, Answer)


def test_authorities_that_have_gone_since_the_start_are_named_by_their_variable(
    api: SecureApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/none")
    missing = "expected a readable file: No such file or directory"
    said = f"the variable REQUESTS_CA_BUNDLE is bad: {missing}"
    assert failure(here(api)) == ("tls", said)


def test_a_proxy_of_the_environment_leads_to_the_api(
    api: SecureApi, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
    with http_proxy(api.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        assert isinstance(read(ELSEWHERE), Answer)
    authorization = f"Basic {base64.b64encode(b'me:p@ss').decode()}"
    assert proxy.asked == [Asked("CONNECT", "api.example.test:443", authorization)]
    (served,) = api.served
    assert served.headers["Authorization"] == f"Basic {KEY}"
    assert served.headers["Proxy-Authorization"] is None


def test_the_proxy_of_the_configuration_leads_to_the_api(
    api: SecureApi, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "*")
    trusting = {"ca_file": str(certificates.ca_file)}
    with http_proxy(api.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        answers = [
            read(url, proxy_url=address, tls_config=trusting) for url in (ELSEWHERE, here(api))
        ]
    assert [type(one) for one in answers] == [Answer, Answer]
    targets = [one.target for one in proxy.asked]
    assert targets == ["api.example.test:443", f"localhost:{api.port}"]


def test_the_proxy_of_the_configuration_leads_to_an_api_without_tls_too() -> None:
    with secure_api(None) as api, http_proxy(api.port) as proxy:
        address = f"http://me:pw@127.0.0.1:{proxy.port}"
        assert isinstance(read("http://localhost:1/v1", proxy_url=address), Answer)
    (asked,) = proxy.asked
    assert (asked.method, asked.target) == ("GET", "http://localhost:1/v1/serviceJobs/1")
    assert asked.authorization == f"Basic {base64.b64encode(b'me:pw').decode()}"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"])
def test_no_proxy_of_the_environment_leads_to_a_loopback_address(
    api: SecureApi, certificates: Certificates, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_file))
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(read(here(api)), Answer)


def test_a_proxy_may_have_tls_and_is_trusted_by_the_same_authorities(
    api: SecureApi, certificates: Certificates
) -> None:
    trusting = {"ca_file": str(certificates.ca_file)}
    with http_proxy(api.port, context=certificates.server()) as proxy:
        address = f"https://localhost:{proxy.port}"
        answer = read(ELSEWHERE, proxy_url=address, tls_config=trusting)
    assert isinstance(answer, Answer)
    assert len(proxy.asked) == 1


def test_nothing_is_sent_once_the_files_have_taken_all_of_the_time(
    api: SecureApi, certificates: Certificates
) -> None:
    trusting = {"ca_file": str(certificates.ca_file)}
    late = read(here(api), timeout=0.0, tls_config=trusting)
    assert isinstance(late, ReadTimeout)
    assert (late.sent, api.served) == (False, [])


def test_the_password_of_a_netrc_file_is_not_sent(
    api: SecureApi, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login me password x\n", encoding="ascii")
    monkeypatch.setenv("NETRC", os.fspath(tmp_path / "netrc"))
    assert isinstance(read(here(api), tls_config={"ca_file": str(certificates.ca_file)}), Answer)
    (served,) = api.served
    assert served.headers["Authorization"] == f"Basic {KEY}"


class HangingFiles(TlsFiles):
    """TLS files on a file system that hangs until `released`."""

    begun: ClassVar[Event] = Event()
    released: ClassVar[Event] = Event()

    def read(self) -> Pems:
        self.begun.set()
        self.released.wait(PATIENCE)
        return Pems()


def test_to_close_the_way_waits_for_no_file_that_hangs() -> None:
    way = Way(Account(), 8, Shared(), HangingFiles("live"))
    with ThreadPoolExecutor() as threads:
        hanging = threads.submit(way.prepared)
        HangingFiles.begun.wait(PATIENCE)
        threads.submit(way.close).result(PATIENCE / 2)
        HangingFiles.released.set()
        hanging.result()
