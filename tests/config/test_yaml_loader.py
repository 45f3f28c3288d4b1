from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.yaml_file import parse_yaml
from exporter.config.yaml_loader import FastLoader, Loader
from exporter.model.errors import ConfigError

FILE = Path("file.yaml")
LOADERS = pytest.mark.parametrize("loader", [Loader, FastLoader])

DECIMAL = st.integers(-(2**70), 2**70)


@LOADERS
@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("~", None, id="null"),
        pytest.param("", None, id="nothing"),
        pytest.param("yes", True, id="a boolean"),
        pytest.param("-12", -12, id="an integer"),
        pytest.param("0.25", 0.25, id="a number"),
        pytest.param("1.5e+3", 1500.0, id="a number with an exponent"),
        pytest.param("-.inf", float("-inf"), id="infinity"),
        pytest.param("1:30", "1:30", id="not an integer in base 60"),
        pytest.param("1:30.5", "1:30.5", id="not a number in base 60"),
        pytest.param("0123", "0123", id="not octal"),
        pytest.param("0x1F", "0x1F", id="not hexadecimal"),
        pytest.param("0b11", "0b11", id="not binary"),
        pytest.param("1_000", "1_000", id="not an integer in groups"),
        pytest.param("1_000.5", "1_000.5", id="not a number in groups"),
        pytest.param("2024-01-31", "2024-01-31", id="not a date"),
        pytest.param("2024-02-31", "2024-02-31", id="not a date that there never was"),
        pytest.param("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z", id="not a time"),
        pytest.param("=", "=", id="no value of YAML 1.1's"),
    ],
)
def test_a_scalar_without_quotes_is_null_a_boolean_a_decimal_number_or_text(
    loader: type[yaml.SafeLoader], text: str, value: object
) -> None:
    found = yaml.load(f"a: {text}\n", Loader=loader)["a"]  # noqa: S506  it is a safe one
    assert (found, type(found)) == (value, type(value))


@LOADERS
@given(DECIMAL)
def test_a_decimal_integer_is_what_is_written(loader: type[yaml.SafeLoader], number: int) -> None:
    assert yaml.load(f"[{number}]", Loader=loader) == [number]  # noqa: S506


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("!!int 12", 12, id="an integer"),
        pytest.param("!!int '12'", 12, id="an integer in quotes"),
        pytest.param("!!float 0.5", 0.5, id="a number"),
        pytest.param("!!bool 'yes'", True, id="a boolean"),
        pytest.param("!!null ''", None, id="null"),
        pytest.param("!!str 12", "12", id="text"),
        pytest.param("!!str", "", id="text, but it is empty"),
        pytest.param("!!seq [1]", [1], id="a list"),
        pytest.param("!!map {a: 1}", {"a": 1}, id="a mapping"),
        pytest.param("{!!str 5: 1}", {"5": 1}, id="a key"),
    ],
)
def test_a_tag_may_say_what_a_value_is(text: str, value: object) -> None:
    assert parse_yaml(f"- {text}\n".encode(), FILE) == ([value], [])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"!!int '{'1:' * 1_000_000}1'", id="a long integer in base 60"),
        pytest.param("!!int '1:30'", id="an integer in base 60"),
        pytest.param("!!int 0123", id="an octal integer"),
        pytest.param("!!int 0x1F", id="a hexadecimal integer"),
        pytest.param("!!int 0b11", id="a binary integer"),
        pytest.param("!!int 1_000", id="an integer in groups"),
        pytest.param('!!int "12\\n"', id="an integer and a line feed"),
        pytest.param("!!int x", id="an integer that is none"),
        pytest.param("!!int", id="an integer that is empty"),
        pytest.param("!!float 1:30.5", id="a number in base 60"),
        pytest.param("!!float x", id="a number that is none"),
        pytest.param("!!bool 1", id="a boolean that is none"),
        pytest.param("!!null x", id="null that is something"),
        pytest.param("!!timestamp 2024-01-31", id="a date"),
        pytest.param("!!binary eA==", id="bytes"),
        pytest.param("!!omap [a: 1]", id="an ordered mapping"),
        pytest.param("!!pairs [a: 1]", id="pairs"),
        pytest.param("!!set {a}", id="a set"),
        pytest.param("!!value 1", id="a value of YAML 1.1's"),
        pytest.param("!!seq {a: 1}", id="a mapping that is said to be a list"),
        pytest.param("!!map [1]", id="a list that is said to be a mapping"),
        pytest.param("!!str [1]", id="a list that is said to be text"),
        pytest.param("!!int {a: 1}", id="a mapping that is said to be an integer"),
        pytest.param("!mine x", id="of the user's own"),
        pytest.param("! 12", id="without a name"),
        pytest.param("!<tag:yaml.org,2002:binary> eA==", id="written out"),
        pytest.param("!!python/none x", id="of Python's"),
    ],
)
@pytest.mark.parametrize("more", ["", f"# {'long ' * 5_000}\n"], ids=["short", "long"])
def test_a_tag_that_makes_another_kind_of_a_value_is_refused_with_its_place(
    text: str, more: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(f"a: 1\nb: {text}\n{more}".encode(), FILE)
    (problem,) = caught.value.problems
    assert str(problem) == "expected YAML, but line 2, column 4: found a tag (!) that does not fit"


def test_python_objects_are_not_built(tmp_path: Path) -> None:
    made = tmp_path / "made"
    text = f"!!python/object/apply:os.mkdir ['{made}']\n"
    with pytest.raises(ConfigError, match="line 1, column 1: found a tag"):
        parse_yaml(text.encode(), FILE)
    assert not made.exists()
