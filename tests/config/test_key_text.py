import pytest

from exporter.config.key_text import key_in
from exporter.model.errors import SecretError
from tests.support.key_leaks import KEY, leaks

BARE = KEY.rstrip("=")

NONE = "expected an API key, but it is empty"
QUOTED = "expected the API key without quotes around it"
NOT_ALONE = "expected the API key alone, without `Basic` or a name before it"
NOT_ONE = "expected one API key, but it holds white space or characters outside ASCII"
NOT_BASE64 = "expected an API key in base64: paste it unchanged, as the vendor gave it"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(KEY, id="with two characters of padding"),
        pytest.param("c2VjcmV0S2V5MTI=", id="with one"),
        pytest.param("c2VjcmV0", id="that needs no padding"),
        pytest.param(BARE, id="without the padding of two characters"),
        pytest.param("c2VjcmV0S2V5MTI", id="without that of one"),
        pytest.param("+/+/", id="of the two signs of the alphabet"),
        pytest.param("BasicBasic==", id="that begins with the word Basic"),
    ],
)
def test_a_key_in_base64_is_taken_unchanged(key: str) -> None:
    assert key_in(key) == key_in(f" {key}\r\n") == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", NONE, id="nothing"),
        pytest.param(" \n", NONE, id="white space alone"),
        pytest.param(f'"{KEY}"', QUOTED, id="double quotes"),
        pytest.param(f" '{KEY}'\n", QUOTED, id="single quotes"),
        pytest.param(f'" {KEY} "', QUOTED, id="quotes and white space in them"),
        pytest.param(f"`{KEY}`", QUOTED, id="backticks"),
        pytest.param(f"\u201c{KEY}\u201d", QUOTED, id="curly double quotes"),
        pytest.param(f"\u2018{KEY}\u2019", QUOTED, id="curly single quotes"),
        pytest.param(f"\u201e{KEY}\u201c", QUOTED, id="German quotes"),
        pytest.param(f"\xab{KEY}\xbb", QUOTED, id="French quotes"),
        pytest.param(f'{KEY}"', QUOTED, id="one quote after it"),
        pytest.param(f"'{KEY}", QUOTED, id="one quote before it"),
        pytest.param('""', QUOTED, id="quotes alone"),
        pytest.param(f'"Basic {KEY}"', QUOTED, id="quotes around more than the key"),
        pytest.param(f"Basic {KEY}", NOT_ALONE, id="Basic before it"),
        pytest.param(f"basic\t{KEY}", NOT_ALONE, id="Basic in small letters, and a tab"),
        pytest.param(f"Authorization: Basic {KEY}", NOT_ALONE, id="the whole header"),
        pytest.param(f"Bearer {KEY}", NOT_ALONE, id="Bearer before it"),
        pytest.param(f"api_key: {KEY}", NOT_ALONE, id="a line of YAML"),
        pytest.param(f"FUSEBILL_API_KEY={KEY}", NOT_ALONE, id="a line of a shell"),
        pytest.param(f"authorization:{KEY}", NOT_ALONE, id="the header's name alone"),
        pytest.param(f"{KEY} {KEY}", NOT_ONE, id="two words"),
        pytest.param(f"{KEY}\nX-Header: {KEY}", NOT_ONE, id="two lines"),
        pytest.param(f"{KEY[:20]}\n{KEY[20:]}", NOT_ONE, id="a line break in it"),
        pytest.param(f"{KEY}\xe9", NOT_ONE, id="a letter outside ASCII"),
        pytest.param(f"{KEY}\x7f", NOT_ONE, id="a control character"),
        pytest.param(f"\ufeff{KEY}", NOT_ONE, id="a byte order mark"),
        pytest.param(f"{KEY}{KEY}", NOT_BASE64, id="twice, its padding in the middle"),
        pytest.param("MDpVUjc-", NOT_BASE64, id="the dash of the alphabet for URLs"),
        pytest.param("MDpVUjc_", NOT_BASE64, id="the low line of the alphabet for URLs"),
        pytest.param(f"{KEY};", NOT_BASE64, id="a sign after it"),
        pytest.param("MDpVU", NOT_BASE64, id="a length that no base64 has"),
        pytest.param("MDpV=", NOT_BASE64, id="padding that is not needed"),
        pytest.param("MDpVUj=", NOT_BASE64, id="one of two characters of padding"),
        pytest.param("MDpVUjc==", NOT_BASE64, id="two of one"),
        pytest.param("MDpVU===", NOT_BASE64, id="three"),
        pytest.param("====", NOT_BASE64, id="padding alone"),
    ],
)
def test_what_is_no_key_is_refused_with_what_to_write_and_without_the_key(
    text: str, message: str
) -> None:
    with pytest.raises(SecretError) as caught:
        key_in(text)
    assert str(caught.value) == message
    assert leaks(str(caught.value)) == set()
