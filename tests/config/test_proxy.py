"""The proxy on the way to an API."""

import base64
from pathlib import Path

import pytest

from exporter.config.load import parse
from exporter.config.proxy import Proxy, parse_proxy

PASSWORD = "pa55-w0rd"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param("http://proxy:3128", "http://proxy:3128", id="a name"),
        pytest.param("http://proxy:3128/", "http://proxy:3128", id="a slash at the end"),
        pytest.param("HTTP://Proxy:3128", "http://proxy:3128", id="capitals"),
        pytest.param("http://proxy", "http://proxy:80", id="the usual port"),
        pytest.param("https://proxy", "https://proxy:443", id="the usual port for TLS"),
        pytest.param("http://192.0.2.1:8080", "http://192.0.2.1:8080", id="an address"),
        pytest.param("http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080", id="an IPv6 one"),
        pytest.param(f"http://me:{PASSWORD}@proxy:3128", "http://proxy:3128", id="a user"),
    ],
)
def test_a_proxy_is_an_address_with_a_port(text: str, url: str) -> None:
    assert parse_proxy(text, "proxy_url").url == url


@pytest.mark.parametrize(
    ("user", "plain"),
    [
        pytest.param("me:secret", b"me:secret", id="a user and a password"),
        pytest.param("me", b"me:", id="a user alone"),
        pytest.param("me:", b"me:", id="an empty password"),
        pytest.param("me:p%40ss%2Fw%3Ard", b"me:p@ss/w:rd", id="escaped signs"),
        pytest.param("me:p@ss", b"me:p@ss", id="an @ as it is"),
        pytest.param(
            "me:%C3%BC", "me:\N{LATIN SMALL LETTER U WITH DIAERESIS}".encode(), id="UTF-8"
        ),
        pytest.param(r"DOMAIN%5Cme:x", rb"DOMAIN\me:x", id="a domain"),
    ],
)
def test_the_user_and_the_password_become_the_header(user: str, plain: bytes) -> None:
    authorization = parse_proxy(f"http://{user}@proxy", "proxy_url").authorization
    assert authorization is not None
    assert authorization.reveal() == f"Basic {base64.b64encode(plain).decode()}"


@pytest.mark.parametrize("text", ["http://proxy", "http://@proxy"])
def test_without_a_user_there_is_no_header(text: str) -> None:
    assert parse_proxy(text, "proxy_url").authorization is None


def test_a_proxy_prints_as_its_host_and_port_and_who_names_it() -> None:
    proxy = parse_proxy(f"http://me:{PASSWORD}@proxy:3128", "HTTPS_PROXY")
    assert str(proxy) == "proxy:3128 (HTTPS_PROXY)"
    assert PASSWORD not in repr(proxy)
    assert base64.b64encode(f"me:{PASSWORD}".encode()).decode() not in repr(proxy)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(3128, id="a number"),
        pytest.param("proxy:3128", id="no scheme"),
        pytest.param("ftp://proxy", id="another scheme"),
        pytest.param("http://", id="no host"),
        pytest.param("http://:3128", id="no host but a port"),
        pytest.param("http://proxy:0", id="port 0"),
        pytest.param("http://proxy:65536", id="an impossible port"),
        pytest.param("http://proxy:port", id="a port in letters"),
        pytest.param("http://pro xy", id="a space"),
        pytest.param("http://prox\N{LATIN SMALL LETTER Y WITH DIAERESIS}", id="a letter outside"),
        pytest.param("http://[::1", id="half a bracket"),
        pytest.param("http://proxy/path", id="a path"),
        pytest.param("http://proxy?query", id="a query"),
        pytest.param("http://proxy#fragment", id="a fragment"),
        pytest.param(f"http://me:{PASSWORD}/x@proxy", id="a slash in the password"),
        pytest.param(f"http://me:{PASSWORD}#x@proxy", id="a number sign in the password"),
    ],
)
def test_what_is_no_proxy_is_refused_without_repeating_it(text: object) -> None:
    with pytest.raises(ValueError, match=r"^expected a proxy such as http://proxy:3128 ") as caught:
        parse_proxy(text, "proxy_url")
    assert PASSWORD not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("scheme", ["socks4", "socks4a", "socks5", "socks5h", "SOCKS5", "socks"])
def test_a_socks_proxy_is_refused_by_its_name(scheme: str) -> None:
    with pytest.raises(ValueError, match=r"because SOCKS is not supported$"):
        parse_proxy(f"{scheme}://proxy:1080", "proxy_url")


def test_two_proxies_with_different_passwords_differ() -> None:
    proxies = {parse_proxy(f"http://me:{word}@proxy", "proxy_url") for word in ("old", "new")}
    assert len(proxies) == 2
    assert all(isinstance(one, Proxy) for one in proxies)


def test_the_password_is_in_no_text_of_a_configuration() -> None:
    account = {"proxy_url": f"http://me:{PASSWORD}@proxy:3128"}
    config = parse({"accounts": [account]}, Path("config.yaml"))
    assert "proxy:3128" in str(config.accounts[0].proxy_url)
    assert PASSWORD not in repr(config) + str(config)
