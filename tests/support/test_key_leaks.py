"""The detector of leaked keys: it finds every form of the key, and nothing else."""

from base64 import b64decode, b64encode
from urllib.parse import quote

import pytest

from tests.support.key_leaks import KEY, leaks


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(KEY, id="whole"),
        *(pytest.param(f"x{KEY[at : at + 6]}y", id=f"a part at {at}") for at in (0, 23, 46)),
        pytest.param(f"Authorization: Basic {KEY}", id="in a header"),
        pytest.param(repr({"key": KEY.encode()}), id="as Python writes it"),
        pytest.param(f"accounts[0].{KEY.lower()}", id="in small letters"),
        pytest.param(quote(KEY[4:12], safe=""), id="a part in a URL"),
        pytest.param(KEY[4:12].replace("+", "&#43;"), id="a part in a page"),
        pytest.param(KEY[4:12].replace("+", "\\u002b"), id="a part in JSON"),
        pytest.param(KEY.encode().hex()[20:32], id="a part in hexadecimal"),
        pytest.param(str(b64decode(KEY)), id="decoded"),
        pytest.param(b64decode(KEY)[9:15].decode(), id="a part, decoded"),
        *(
            pytest.param(b64encode(f"{user}:{KEY[:20]}".encode()).decode(), id=f"after {user}")
            for user in ("a", "ab", "abc")
        ),
    ],
)
def test_a_leak_is_found(text: str) -> None:
    assert leaks(f"some words {text} and others")


@pytest.mark.parametrize(
    "text", [KEY[:5], "Authorization: Basic <secret>", "MDpVU Uj7c+ bVB9U", "0:0:0:0", "="]
)
def test_what_is_no_leak_is_not_found(text: str) -> None:
    assert leaks(text) == set()
