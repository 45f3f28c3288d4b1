import pytest

from exporter.model.safe_text import printable, redacted

SECRET = "c2VjcmV0"
"""How a key begins; it opens nothing."""


@pytest.mark.parametrize(
    "name",
    ["nmae", "baseUrl", "base-url", "Base URL", "TEAM_2", "1st", "__name__", "équipe", "2607617"],
)
def test_a_name_that_is_words_is_shown(name: str) -> None:
    assert redacted(name) == name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(SECRET, id="a key"),
        pytest.param(SECRET + "==", id="a key with padding"),
        pytest.param(f"key={SECRET}", id="a key behind a word"),
        pytest.param("5e8dd316726b0335", id="hexadecimal digits"),
        pytest.param("x" * 41, id="a long one"),
        pytest.param("", id="none"),
    ],
)
def test_a_name_that_may_be_a_secret_is_not_shown(name: str) -> None:
    assert redacted(name) == "(…)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("jobs.d/a b.yaml", "jobs.d/a b.yaml", id="what can be printed stays"),
        pytest.param("équipe", "équipe", id="letters outside ASCII too"),
        pytest.param("a\nb\r", "a\\nb\\r", id="ends of lines"),
        pytest.param("a\x1b[2Jb", "a\\x1b[2Jb", id="an escape sequence"),
        pytest.param("a\u2028b", "a\\u2028b", id="a line separator"),
        pytest.param("a\ud800", "a\\ud800", id="half of a surrogate pair"),
    ],
)
def test_a_text_becomes_one_line_that_can_be_printed(text: str, line: str) -> None:
    assert printable(text) == line
    assert line.isprintable()
