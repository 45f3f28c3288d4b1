"""Each trouble with a proxy on the way to an API has its reason and its words."""

import socket
import time
from contextlib import closing

import pytest

from tests.api.networks import ELSEWHERE, failure, hanging_up, trusting
from tests.support.http_proxy import http_proxy
from tests.support.secure_api import Certificates, secure_api
from tests.support.tcp_proxy import Fate, tcp_proxy

pytestmark = pytest.mark.slow

PASSWORD = "pa55w0rd"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "does not let the exporter through to the API (403)"),
        (302, "does not let the exporter through to the API (302)"),
        (407, "wants a user and a password (407)"),
        (502, "does not reach the API (502)"),
        (503, "does not reach the API (503)"),
    ],
)
def test_a_proxy_that_refuses(status: int, words: str) -> None:
    with http_proxy(refuses_with=status) as proxy:
        said = failure(ELSEWHERE, proxy_url=f"http://127.0.0.1:{proxy.port}")
    assert said == ("connection", f"the proxy 127.0.0.1:{proxy.port} (proxy_url) {words}")


def test_a_proxy_of_a_variable_is_named_by_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_proxy(refuses_with=407) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        _, message = failure(ELSEWHERE)
    shown = f"127.0.0.1:{proxy.port} (https_proxy)"
    assert message == f"the proxy {shown} wants a user and a password (407)"


def test_a_proxy_that_refuses_the_password() -> None:
    with http_proxy(refuses_with=407) as proxy:
        _, message = failure(ELSEWHERE, proxy_url=f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}")
    shown = f"127.0.0.1:{proxy.port} (proxy_url)"
    assert message == f"the proxy {shown} refused the user and the password (407)"


def test_a_proxy_that_wants_a_password_on_the_way_to_an_api_without_tls() -> None:
    with http_proxy(refuses_with=407) as proxy:
        said = failure("http://localhost:1/v1", proxy_url=f"http://127.0.0.1:{proxy.port}")
    shown = f"127.0.0.1:{proxy.port} (proxy_url)"
    assert said == ("client_error", f"the proxy {shown} wants a user and a password (407)")


def test_a_407_in_the_tunnel_is_not_of_the_proxy_that_made_the_tunnel(
    certificates: Certificates,
) -> None:
    with (
        http_proxy(refuses_with=407, context=certificates.server("api.example.test")) as gateway,
        http_proxy(gateway.port) as proxy,
    ):
        address = f"http://127.0.0.1:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = "a proxy before the API wants a user and a password (407)"
    assert said == ("client_error", words)


def test_a_proxy_that_does_not_listen() -> None:
    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        said = failure(ELSEWHERE, proxy_url=f"http://me:{PASSWORD}@{address}")
    words = f"the connection to the proxy {address} (proxy_url) failed: Connection refused"
    assert said == ("connection", words)


def test_a_proxy_that_never_answers() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        said = failure(ELSEWHERE, timeout=0.3, proxy_url=f"http://{address}")
    assert said == ("timeout", f"the proxy {address} (proxy_url) did not answer in time")


def test_a_proxy_that_hangs_up() -> None:
    with hanging_up() as port:
        said = failure(ELSEWHERE, proxy_url=f"http://127.0.0.1:{port}")
    words = f"the connection to the proxy 127.0.0.1:{port} (proxy_url) failed"
    assert said == ("connection", f"{words}: it ended without an answer")


def test_an_api_that_hangs_up_behind_a_proxy(certificates: Certificates) -> None:
    with (
        secure_api(certificates.server("api.example.test")) as api,
        http_proxy(api.port) as proxy,
    ):
        api.most = 0
        address = f"http://127.0.0.1:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = f"the connection to the API through the proxy 127.0.0.1:{proxy.port} (proxy_url) failed"
    assert said == ("connection", f"{words}: it ended without an answer")


def test_a_proxy_with_tls_that_wants_a_client_certificate(
    certificates: Certificates, others: Certificates
) -> None:
    with http_proxy(context=certificates.demanding(others)) as proxy:
        address = f"https://localhost:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = f"the TLS connection to the proxy localhost:{proxy.port} (proxy_url) failed"
    assert said == ("tls", f"{words}: the server wants a client certificate")


def test_a_proxy_without_tls_where_the_configuration_says_https(certificates: Certificates) -> None:
    with http_proxy() as proxy:
        address = f"https://me:{PASSWORD}@localhost:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = f"the TLS connection to the proxy localhost:{proxy.port} (proxy_url) failed"
    assert said == ("tls", f"{words}: the server speaks no TLS there")


def test_a_proxy_whose_certificate_nobody_trusts(
    certificates: Certificates, others: Certificates
) -> None:
    with http_proxy(context=others.server()) as proxy:
        address = f"https://localhost:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = f"the TLS connection to the proxy localhost:{proxy.port} (proxy_url) failed"
    assert said == ("tls", f"{words}: unable to get local issuer certificate")


def test_an_api_behind_a_proxy_that_nobody_trusts(
    certificates: Certificates, others: Certificates
) -> None:
    with secure_api(others.server()) as api, http_proxy(api.port) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        said = failure(ELSEWHERE, proxy_url=address, tls_config=trusting(certificates))
    words = f"the TLS connection to the API through the proxy 127.0.0.1:{proxy.port} (proxy_url)"
    assert said == ("tls", f"{words} failed: unable to get local issuer certificate")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_drips_through_a_proxy_ends_at_the_total_timeout(
    certificates: Certificates, scheme: str
) -> None:
    """Each byte comes soon after the one before, and the whole answer takes over a minute."""
    secured = certificates.server() if scheme == "https" else None
    started = time.monotonic()
    with (
        secure_api(certificates.server("api.example.test")) as api,
        tcp_proxy() as dripping,
        http_proxy(dripping.port, context=secured) as proxy,
    ):
        dripping.to(f"https://127.0.0.1:{api.port}")
        dripping.script = lambda _flow, _request: Fate.DRIP
        address = f"{scheme}://localhost:{proxy.port}"
        reason, _ = failure(
            ELSEWHERE, timeout=0.5, proxy_url=address, tls_config=trusting(certificates)
        )
    assert reason == "timeout"
    assert time.monotonic() - started < 20
