import pytest

from exporter.api.proxy_words import name_of, refusal
from exporter.config.proxy import parse_proxy

PROXY = parse_proxy("http://me:pw@proxy:3128", "proxy_url")


def test_a_proxy_has_its_address_and_what_named_it_but_no_password() -> None:
    assert name_of(PROXY) == "the proxy proxy:3128 (proxy_url)"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "does not let the exporter through to the API (403)"),
        (407, "refused the user and the password (407)"),
        (502, "does not reach the API (502)"),
    ],
)
def test_each_refusal_has_its_words(status: int, words: str) -> None:
    assert refusal(status, PROXY) == f"the proxy proxy:3128 (proxy_url) {words}"
