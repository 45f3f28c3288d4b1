"""The short way gives what the long way gives, or leaves the text to it."""

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from exporter.config.yaml_loader import FastLoader
from exporter.config.yaml_plain import NotPlainError, plain_values

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def long_way(text: str) -> object:
    return yaml.load(text, Loader=FastLoader)  # noqa: S506  it is a safe one


@given(VALUES, st.booleans())
def test_any_values_come_out_as_the_long_way_builds_them(values: object, flow: bool) -> None:
    text = yaml.safe_dump(values, default_flow_style=flow, sort_keys=False)
    assert repr(plain_values(text)) == repr(long_way(text)) == repr(values)


@given(st.text(alphabet="ab10:-[]{},&*!<~?'\" \n#|>.", max_size=40))
def test_any_text_is_built_as_the_long_way_builds_it_or_left_to_it(text: str) -> None:
    try:
        values = plain_values(text)
    except NotPlainError:
        assume(False)  # noqa: FBT003  only texts that go the short way are of interest
    assert repr(values) == repr(long_way(text))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x 1\n", id="an anchor"),
        pytest.param("[&x [1], *x]", id="an alias"),
        pytest.param("!!str 1", id="a tag"),
        pytest.param("{<<: {a: 1}}", id="a merge key"),
        pytest.param("[<<]", id="a merge key that is a value"),
        pytest.param("{a: 1, 'a': 2}", id="a repeated key"),
        pytest.param("{1: a}", id="a key that is no text"),
        pytest.param("{[1]: a}", id="a list for a key"),
        pytest.param("--- 1\n--- 2\n", id="two documents"),
        pytest.param("[1", id="a mistake"),
        pytest.param("9" * 5_000, id="a number that Python refuses"),
        pytest.param("[" * 101 + "]" * 101, id="a text that nests too deep"),
        pytest.param(f"[{'1,' * 500_000}1]", id="a list of too many values"),
        pytest.param(f"{{{'a: [' + '1,' * 500_000}1]}}", id="a mapping of too many values"),
        pytest.param(f"{{{','.join(map('a{}'.format, range(250_000)))}}}", id="too many keys"),
    ],
)
def test_a_text_that_is_not_plain_goes_the_long_way(text: str) -> None:
    with pytest.raises(NotPlainError):
        plain_values(text)


@pytest.mark.parametrize("text", ["", "# jobs come later\n"])
def test_a_text_without_values_is_plain(text: str) -> None:
    assert plain_values(text) is None


def test_the_example_of_a_configuration_goes_the_short_way() -> None:
    assert plain_values(EXAMPLE.read_text(encoding="utf-8"))


def test_equal_texts_are_one_object() -> None:
    first, second, *quoted = plain_values("[team, team, 'x y', 'x y']")  # type: ignore[misc]
    assert first is second
    assert quoted[0] is quoted[1]
