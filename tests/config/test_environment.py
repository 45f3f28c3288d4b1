"""The variables of the environment that say how to reach an API, and their mistakes."""

import os
from collections.abc import Mapping
from itertools import product
from pathlib import Path

import pytest
import requests.utils
import trustme

from exporter.config.environment import bundle_of, problems_of_environment, proxy_of
from exporter.config.load import parse
from exporter.config.sections import Account, Config

API = "https://api.example.org/v1"
SOCKS = (
    "the variable {} is bad: expected an http:// or https:// proxy, because SOCKS is not supported"
)


def config(*accounts: Mapping[str, object]) -> Config:
    return parse({"accounts": [{"base_url": API} | dict(one) for one in accounts]}, Path("c.yaml"))


def account(base_url: str = API, **more: object) -> Account:
    return config({"base_url": base_url} | more).accounts[0]


def problems(environment: Mapping[str, str], **more: object) -> list[str]:
    return [str(one) for one in problems_of_environment(config(more), environment)]


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        pytest.param({}, "None", id="none"),
        pytest.param({"HTTPS_PROXY": "http://a:1"}, "a:1 (HTTPS_PROXY)", id="in capitals"),
        pytest.param({"https_proxy": "http://a:1"}, "a:1 (https_proxy)", id="in lower case"),
        pytest.param(
            {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"},
            "b:1 (https_proxy)",
            id="lower case goes first",
        ),
        pytest.param(
            {"HTTPS_PROXY": "http://a:1", "https_proxy": ""}, "None", id="an empty one switches off"
        ),
        pytest.param({"ALL_PROXY": "http://a:1"}, "a:1 (ALL_PROXY)", id="for all schemes"),
        pytest.param(
            {"all_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1"},
            "b:1 (HTTPS_PROXY)",
            id="https goes before all",
        ),
        pytest.param({"HTTP_PROXY": "http://a:1"}, "None", id="for http, which no API has"),
        pytest.param({"HTTPS_PROXY": "proxy:3128"}, "proxy:3128 (HTTPS_PROXY)", id="no scheme"),
        pytest.param({"HTTPS_PROXY": "http://a:1", "NO_PROXY": "*"}, "None", id="none for all"),
    ],
)
def test_the_variable_in_force_names_the_proxy(environment: Mapping[str, str], shown: str) -> None:
    assert str(proxy_of(account(), environment)) == shown


@pytest.mark.parametrize("base_url", ["http://localhost:1", "https://127.0.0.1", "https://[::1]"])
def test_no_variable_leads_a_loopback_address_to_a_proxy(base_url: str) -> None:
    assert proxy_of(account(base_url), {"HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "x"}) is None


@pytest.mark.parametrize("base_url", ["http://localhost:1", API])
def test_the_proxy_of_the_configuration_counts_whatever_the_environment_says(base_url: str) -> None:
    environment = {"HTTPS_PROXY": "socks5://b:1", "NO_PROXY": "*"}
    proxy = proxy_of(account(base_url, proxy_url="http://a:1"), environment)
    assert str(proxy) == "a:1 (proxy_url)"


HOSTS = ("api.example.org", "192.0.2.7", "[2001:db8::7]", "API.Example.org")
PORTS = ("", ":8443")
NO_PROXY = (
    *("", "*", "example.org", ".example.org", "*.example.org", "ple.org", "EXAMPLE.ORG"),
    *("api.example.org", "api.example.org:8443", "api.example.org:443", "other, example.org"),
    *("other,api.example.org ", "192.0.2.7", "192.0.2.0/24", "192.0.2.0/33", "192.0.3.0/24"),
    *("2001:db8::7", "192.0", "0.2.7", ",", ".", "*,other", "10.0.0.0/8,192.0.0.0/16"),
)


@pytest.mark.parametrize("no_proxy", NO_PROXY)
@pytest.mark.parametrize("spelling", ["NO_PROXY", "no_proxy"])
def test_no_proxy_excludes_what_it_excludes_for_requests(
    no_proxy: str, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {"HTTPS_PROXY": "http://a:1", spelling: no_proxy}
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for host, port in product(HOSTS, PORTS):
        base_url = f"https://{host}{port}/v1"
        ours = proxy_of(Account(base_url=base_url), variables)
        theirs = requests.utils.get_environ_proxies(base_url).get("https")
        assert (ours and ours.url) == theirs, base_url


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        *(
            pytest.param({name: "socks5h://me:pw@a:1"}, SOCKS.format(name), id=name)
            for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        ),
        pytest.param(
            {"HTTPS_PROXY": "ftp://me:pw@a"},
            "the variable HTTPS_PROXY is bad: expected a proxy such as http://proxy:3128 or "
            "http://user:password@proxy:3128, with %40 for @, %2F for / and so on in the password",
            id="another scheme",
        ),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_problem_named_by_its_variable(
    environment: Mapping[str, str], problem: str
) -> None:
    assert problems(environment) == [f"accounts[0].base_url: {problem}"]


@pytest.mark.parametrize(
    ("environment", "more"),
    [
        pytest.param({"NO_PROXY": "example.org"}, {}, id="an address that needs none"),
        pytest.param({"https_proxy": "http://a"}, {}, id="another variable that goes first"),
        pytest.param({}, {"proxy_url": "http://a"}, id="a proxy of the configuration"),
        pytest.param({}, {"base_url": "https://127.0.0.1"}, id="a loopback address"),
    ],
)
def test_a_variable_that_is_not_in_force_may_say_anything(
    environment: Mapping[str, str], more: Mapping[str, object]
) -> None:
    assert problems({"HTTPS_PROXY": "socks5://a"} | dict(environment), **more) == []


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        pytest.param({"REQUESTS_CA_BUNDLE": "a"}, "REQUESTS_CA_BUNDLE", id="for requests"),
        pytest.param({"CURL_CA_BUNDLE": "b"}, "CURL_CA_BUNDLE", id="for curl"),
        pytest.param(
            {"CURL_CA_BUNDLE": "b", "REQUESTS_CA_BUNDLE": "a"}, "REQUESTS_CA_BUNDLE", id="both"
        ),
        pytest.param(
            {"CURL_CA_BUNDLE": "b", "REQUESTS_CA_BUNDLE": ""}, "CURL_CA_BUNDLE", id="one empty"
        ),
    ],
)
def test_the_first_variable_with_authorities_counts(
    environment: Mapping[str, str], name: str
) -> None:
    bundle = bundle_of(environment)
    assert bundle is not None
    assert bundle.name == name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of good and bad authorities."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    (tmp_path / "text").write_text("no PEM", encoding="ascii")
    (tmp_path / "empty").mkdir()
    (tmp_path / "hashed").mkdir()
    (tmp_path / "hashed" / "0a1b2c3d.0").touch()
    return tmp_path


MISSING = "expected a readable file: No such file or directory"
NO_PEM = "expected a file of certificates in PEM"
NO_HASHES = "expected certificates in the folder, under the names that `openssl rehash` gives"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        *(
            pytest.param(name, value, problem, id=f"{name} {value}")
            for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
            for value, problem in (
                ("none", MISSING),
                ("text", NO_PEM),
                ("empty", NO_HASHES),
                ("ca.crt", None),
                ("hashed", None),
            )
        ),
        pytest.param("SSL_CERT_FILE", "none", MISSING, id="SSL_CERT_FILE none"),
        pytest.param("SSL_CERT_FILE", "text", NO_PEM, id="SSL_CERT_FILE text"),
        pytest.param("SSL_CERT_FILE", "ca.crt", None, id="SSL_CERT_FILE ca.crt"),
        pytest.param("SSL_CERT_DIR", "none", "expected folders", id="SSL_CERT_DIR none"),
        pytest.param("SSL_CERT_DIR", "empty", None, id="SSL_CERT_DIR empty"),
    ],
)
def test_authorities_that_cannot_be_used_are_a_problem_named_by_their_variable(
    folder: Path, name: str, value: str, problem: str | None
) -> None:
    found = problems({name: str(folder / value)})
    said = [f"accounts[0].base_url: the variable {name} is bad: {problem}"] if problem else []
    assert found == said


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"base_url": "http://127.0.0.1:1"}, id="an address without TLS"),
        pytest.param({"tls_config": {"ca_file": "ca.crt"}}, id="authorities in the configuration"),
    ],
)
def test_authorities_that_nobody_asks_may_be_missing(more: Mapping[str, object]) -> None:
    assert problems({"REQUESTS_CA_BUNDLE": "/none", "SSL_CERT_FILE": "/none"}, **more) == []


def test_the_systems_authorities_may_be_missing_where_others_replace_them(folder: Path) -> None:
    environment = {"REQUESTS_CA_BUNDLE": str(folder / "ca.crt"), "SSL_CERT_FILE": "/none"}
    assert problems(environment) == []
