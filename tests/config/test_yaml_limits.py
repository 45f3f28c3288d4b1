"""Texts that are refused before their values are built, and texts that are just small enough."""

from pathlib import Path

import pytest

from exporter.config.yaml_file import parse_yaml
from exporter.model.errors import ConfigError

pytestmark = pytest.mark.slow

FILE = Path("file.yaml")


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text.encode(), FILE)
    (problem,) = caught.value.problems
    return problem.message


def bomb(first: str, line: str) -> str:
    """Return lines that each repeat the one before ten times."""
    lines = [f"l{n}: &l{n} {line.format(', '.join([f'*l{n - 1}'] * 10))}" for n in range(1, 30)]
    return "\n".join([f"l0: &l0 {first}", *lines])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(bomb("{x: 1}", "[{}]"), id="lists of lists"),
        pytest.param(bomb("{x: 1}", "{{<<: [{}]}}"), id="merged mappings"),
        pytest.param(bomb("{x: 1}", '["\\ud800", {}]'), id="that only the slow loader takes"),
        pytest.param(f"a: &a [{'1, ' * 999}1]\nb: [{'*a, ' * 100}]\n", id="a long list"),
        pytest.param(f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 100}]\n", id="a long text"),
        pytest.param("a: &loop [*loop]\n", id="a list that holds itself"),
        pytest.param("a: &loop {x: 1, <<: *loop}\n", id="a mapping that is merged into itself"),
    ],
)
def test_a_few_lines_that_stand_for_more_than_the_memory_holds_are_refused(text: str) -> None:
    assert refusal(text) == "expected aliases (*) that repeat at most 100,000 values"


def test_aliases_may_repeat_a_list_that_is_shared() -> None:
    text = f"a: &a [{'1, ' * 990}]\nb: [{'*a, ' * 100}]\n"
    values, _ = parse_yaml(text.encode(), FILE)
    assert values == {"a": [1] * 990, "b": [[1] * 990] * 100}


def test_a_few_directives_are_read_and_many_are_refused() -> None:
    directives = [f"%TAG !e{number}! tag:a\n" for number in range(11)]
    text = "".join([*directives[:10], "--- [1]\n"])
    assert parse_yaml(text.encode(), FILE) == ([1], [])
    text = "".join([*directives, "--- [1]\n"])
    assert refusal(text) == "expected at most 10 lines that begin with %"


def test_a_list_without_aliases_may_be_of_any_length() -> None:
    text = "- 1\n" * 150_000
    assert parse_yaml(text.encode(), FILE) == ([1] * 150_000, [])


def test_a_file_may_hold_500_000_values_and_no_more() -> None:
    """Each value costs memory: a few MiB of them would need some GiB."""
    frame = 6  # the starts and ends of the text, the document and the list count too
    text = f"[{'1,' * (500_000 - frame)}1]"
    values, _ = parse_yaml(text.encode(), FILE)
    assert values == [1] * (500_000 - frame + 1)
    text = f"[{'1,' * (500_000 - frame)}1, 1]"
    assert refusal(text) == "expected at most 500,000 values"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 5000, id="brackets without an end"),
        pytest.param("- " * 200_000, id="lists"),
        pytest.param("{a: " * 200_000, id="mappings"),
    ],
)
def test_a_text_that_nests_without_an_end_is_refused(text: str) -> None:
    assert refusal(text) == "expected YAML of plain values"


def test_a_file_may_nest_a_hundred_deep_and_no_deeper() -> None:
    text = "[" * 100 + "]" * 100
    assert parse_yaml(text.encode(), FILE)
    text = "[" * 101 + "]" * 101
    assert refusal(text) == "expected YAML of plain values"
