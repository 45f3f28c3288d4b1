import ssl

import pytest
import requests
import urllib3.exceptions
from urllib3.exceptions import NameResolutionError

from exporter.api.connection import ProxyFailed
from exporter.api.error_mapping import as_upstream_errors
from exporter.api.response import AnswerTooLong
from exporter.config.proxy import Proxy, parse_proxy
from exporter.model.errors import SecretError, UpstreamError
from exporter.model.failures import (
    ConnectionFailed,
    Failure,
    InvalidResponse,
    ReadTimeout,
    TlsFailed,
    Unauthorized,
)


def failure_of(error: Exception, proxy: Proxy | None = None) -> Failure:
    """Return the failure that an exception becomes, with a proxy on the way."""
    with pytest.raises(UpstreamError) as caught, as_upstream_errors(proxy):
        raise error
    assert caught.value.__cause__ is error
    return caught.value.failure


FOREIGN = [
    (requests.ConnectTimeout("t"), ReadTimeout),
    (requests.ReadTimeout("t"), ReadTimeout),
    (requests.ConnectionError(urllib3.exceptions.ReadTimeoutError(None, "", "t")), ReadTimeout),  # type: ignore[arg-type]
    (TimeoutError("t"), ReadTimeout),
    (requests.exceptions.SSLError("s"), TlsFailed),
    (requests.exceptions.ProxyError(ssl.SSLError("s")), TlsFailed),
    (urllib3.exceptions.SSLError("s"), TlsFailed),
    (ssl.SSLError("s"), TlsFailed),
    (requests.ConnectionError("refused"), ConnectionFailed),
    (requests.exceptions.ChunkedEncodingError("broke"), ConnectionFailed),
    (requests.exceptions.ProxyError("no proxy"), ConnectionFailed),
    (urllib3.exceptions.ProtocolError("broke"), ConnectionFailed),
    (ConnectionResetError("reset"), ConnectionFailed),
    (requests.exceptions.ContentDecodingError("not gzip"), InvalidResponse),
    (requests.ConnectionError(AnswerTooLong("endless")), InvalidResponse),
    (requests.exceptions.InvalidHeader("odd"), ConnectionFailed),
    (ValueError("a library's own"), ConnectionFailed),
]


@pytest.mark.parametrize(("foreign", "kind"), FOREIGN, ids=repr)
def test_every_foreign_exception_becomes_a_failure(foreign: Exception, kind: type[Failure]) -> None:
    assert type(failure_of(foreign)) is kind


@pytest.mark.parametrize(
    ("foreign", "detail"),
    [
        (ConnectionRefusedError(111, "Connection refused"), ": Connection refused"),
        (NameResolutionError("h", None, OSError("x")), ": its name was not found"),  # type: ignore[arg-type]
        (requests.ConnectionError("something with a key in it"), ""),
    ],
    ids=repr,
)
def test_a_failed_connection_says_why_in_words_that_are_known(
    foreign: Exception, detail: str
) -> None:
    assert str(failure_of(foreign)) == f"the connection to the API failed{detail}"


PROXY = parse_proxy("http://proxy:3128", "HTTPS_PROXY")
BY = "the proxy proxy:3128 (HTTPS_PROXY)"


@pytest.mark.parametrize(
    ("foreign", "words"),
    [
        (
            ProxyFailed(NameResolutionError("h", None, OSError("x"))),  # type: ignore[arg-type]
            f"the connection to {BY} failed: its name was not found",
        ),
        (ProxyFailed(TimeoutError("t")), f"{BY} did not answer in time"),
        (
            ProxyFailed(OSError("Tunnel connection failed: 403 No")),
            f"{BY} does not let the exporter through to the API (403)",
        ),
        (
            ProxyFailed(OSError("Tunnel connection failed: none")),
            f"the connection to {BY} failed",
        ),
        (requests.ReadTimeout("t"), f"the API through {BY} did not answer in time"),
        (
            ConnectionResetError(104, "Connection reset by peer"),
            f"the connection to the API through {BY} failed: Connection reset by peer",
        ),
    ],
    ids=repr,
)
def test_a_failure_names_the_proxy_on_the_way(foreign: Exception, words: str) -> None:
    assert str(failure_of(foreign, PROXY)) == words


def test_an_exception_that_causes_itself_is_looked_at_once() -> None:
    first, second = requests.ConnectionError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert type(failure_of(second)) is ConnectionFailed


def test_a_missing_key_is_a_refused_one_for_which_nothing_was_sent() -> None:
    failure = failure_of(SecretError("expected an API key, but it is empty"))
    assert (type(failure), failure.sent, failure.status) == (Unauthorized, False, None)
    assert str(failure) == "there is no API key to send: expected an API key, but it is empty"


def test_a_bug_of_ours_is_no_failure_of_the_api() -> None:
    with pytest.raises(LookupError), as_upstream_errors():
        raise LookupError
