from pathlib import Path

import pytest

from exporter.config.yaml_file import LARGEST_FILE, load_yaml
from exporter.model.errors import ConfigError, Problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_yaml(file)
    assert caught.value.file == file
    (problem,) = caught.value.problems
    assert problem.path == ""
    return problem.message


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("", None, id="an empty file holds nothing"),
        pytest.param("# jobs come later\n", None, id="a file of comments holds nothing"),
        pytest.param("a: [1, two, {b: 3.0}]\n", {"a": [1, "two", {"b": 3.0}]}, id="plain values"),
        pytest.param("\ufeffa: 1\n", {"a": 1}, id="a byte order mark is passed over"),
        pytest.param("name: café\n", {"name": "café"}, id="UTF-8"),
        pytest.param("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}, id="an alias is what it names"),
        pytest.param("---\na: 1\n...\n", {"a": 1}, id="one document with its markers"),
    ],
)
def test_the_values_of_a_file_are_returned(file: Path, text: str, values: object) -> None:
    file.write_text(text, encoding="utf-8")
    assert load_yaml(file) == (values, [])


def test_equal_texts_of_a_plain_file_are_one_object(file: Path) -> None:
    file.write_text("- {team: billing-1}\n- {team: billing-1}\n", encoding="utf-8")
    values, _ = load_yaml(file)
    first, second = values  # type: ignore[misc]  they are lists of mappings
    assert first["team"] is second["team"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", [("a", 3)], id="at the top"),
        pytest.param("a: 1\na: 2\na: 3\n", [("a", 2), ("a", 3)], id="three times"),
        pytest.param("a:\n  b: 1\n  b: 2\n", [("a.b", 3)], id="in a mapping"),
        pytest.param("a:\n- 0\n- {b: 1, b: 2}\n", [("a[1].b", 3)], id="in a list"),
        pytest.param("- {b: 1, b: 2}\n", [("[0].b", 1)], id="in a list at the top"),
        pytest.param("a: {x: 1}\na: {x: 1}\n", [("a", 2)], id="but not what both of them hold"),
        pytest.param("a: 1\n'a': 2\n", [("a", 2)], id="quoted and not"),
        pytest.param(
            "a: &x {b: 1, b: 2}\nc: *x\n", [("a.b", 1)], id="once, however often an alias names it"
        ),
    ],
)
def test_each_key_that_stands_twice_is_reported_with_its_line(
    file: Path, text: str, problems: list[tuple[str, int]]
) -> None:
    file.write_text(text, encoding="utf-8")
    _, found = load_yaml(file)
    assert found == [
        Problem(path, f"expected once, but repeated in line {line}") for path, line in problems
    ]


def test_the_same_key_in_two_mappings_is_no_duplicate(file: Path) -> None:
    file.write_text("a: {x: 1}\nb: [{x: 1}, {x: 2}]\n", encoding="utf-8")
    assert load_yaml(file) == ({"a": {"x": 1}, "b": [{"x": 1}, {"x": 2}]}, [])


def test_a_key_that_overrides_a_merged_one_is_no_duplicate(file: Path) -> None:
    file.write_text("a: &base {x: 1, y: 2}\nb: {<<: *base, x: 3}\n", encoding="utf-8")
    assert load_yaml(file) == ({"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}}, [])


def test_a_long_text_that_is_no_yaml_is_refused_by_the_fast_loader(file: Path) -> None:
    """The slow loader takes 10 s for a few hundred thousand characters."""
    file.write_text("- {id: 1}\n" * 4_000 + "- [", encoding="utf-8")
    problem = "did not find expected node content"
    assert refusal(file) == f"expected YAML, but line 4002, column 1: {problem}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "a: [1\nb: 2\n",
            "expected YAML, but line 2, column 2: expected ',' or ']', but got ':'",
            id="a bracket that is not closed",
        ),
        pytest.param(
            'a: "b\n',
            "expected YAML, but line 2, column 1: found unexpected end of stream",
            id="a quote that is not closed",
        ),
        pytest.param(
            "a: b: c\n",
            "expected YAML, but line 1, column 5: mapping values are not allowed here",
            id="two colons in a line",
        ),
        pytest.param('a: "\x01"\n', "expected YAML", id="a control character"),
        pytest.param(f"a: {'9' * 5000}\n", "expected YAML of plain values", id="a huge integer"),
        pytest.param(
            "[a]: 1\n",
            "expected YAML, but line 1, column 1: found unhashable key",
            id="a list for a key",
        ),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert refusal(file) == message


def test_of_very_many_keys_that_stand_twice_the_first_thousand_are_reported(file: Path) -> None:
    file.write_text(f"{{{'a,' * 2_000}b}}", encoding="ascii")
    _, found = load_yaml(file)
    assert found == [Problem("a", "expected once, but repeated in line 1")] * 1_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("api_key: *c2VjcmV0\n", id="as an alias"),
        pytest.param("api_key: !c2VjcmV0 x\n", id="as a tag"),
        pytest.param("api_key: !x'c2VjcmV0 y\n", id="as a tag, after an apostrophe"),
        pytest.param("api_key: !c2VjcmV0!x y\n", id="as the handle of a tag"),
        pytest.param("api_key: &c2VjcmV0 1\nb: &c2VjcmV0 2\n", id="as an anchor"),
        pytest.param('api_key: "c2VjcmV0\n', id="before a quote that is missing"),
        pytest.param("api_key: c2VjcmV0: c2VjcmV0\n", id="between two colons"),
        pytest.param("- a\napi_key: c2VjcmV0\n", id="at a wrong indent"),
        pytest.param("api_key: %c2VjcmV0\n", id="after a character that YAML keeps for itself"),
        pytest.param("api_key: |c2VjcmV0\n", id="after the mark of a block"),
    ],
)
def test_the_text_of_a_broken_line_is_not_repeated(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert "c2VjcmV0" not in refusal(file)


def test_bytes_that_are_not_utf_8_are_refused(file: Path) -> None:
    file.write_bytes("name: café\n".encode("latin-1"))
    assert refusal(file) == "expected YAML in UTF-8"


def test_a_file_that_does_not_exist_is_refused(file: Path) -> None:
    assert refusal(file) == "expected a readable file: No such file or directory"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "expected a readable file: Is a directory"


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(file: Path) -> None:
    file.write_bytes(b"#" * LARGEST_FILE)
    assert load_yaml(file) == (None, [])
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    assert refusal(file) == "expected at most 4 MiB"


def test_a_file_larger_than_the_limit_is_not_misread_where_it_was_cut(file: Path) -> None:
    """The cut goes through the middle of a character."""
    file.write_bytes(b"#" * LARGEST_FILE + "é".encode())
    assert refusal(file) == "expected at most 4 MiB"
