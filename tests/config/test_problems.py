import pytest
from pydantic import TypeAdapter, ValidationError

from exporter.config.problems import in_order, problems_of
from exporter.model.errors import Problem


def found(kind: object, values: object) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(values, strict=True)
    return problems_of(caught.value, values, {})


def test_an_error_of_pydantic_is_told_in_words_of_ours_with_its_path() -> None:
    values = {"a": [1, "x"]}
    assert found(dict[str, list[int]], values) == [Problem("a[1]", "expected an integer")]


def test_an_error_without_words_of_ours_has_those_of_pydantic() -> None:
    assert found(list[bytes], [5]) == [Problem("[0]", "Input should be a valid bytes")]


@pytest.mark.parametrize(
    ("kind", "values", "path"),
    [
        pytest.param(list[int], ["x"], "[0]", id="an index"),
        pytest.param(dict[int, int], {7: "x"}, "7", id="a number that is a key"),
        pytest.param(dict[str, list[dict[str, int]]], {"a": [{"b": "x"}]}, "a[0].b", id="both"),
        pytest.param(dict[str, int], {"c2VjcmV0": "x"}, "(…)", id="a key that may be a secret"),
    ],
)
def test_a_path_is_written_as_users_know_it(kind: object, values: object, path: str) -> None:
    assert [problem.path for problem in found(kind, values)] == [path]


def test_problems_stand_in_the_order_of_the_file() -> None:
    paths = ["jobs[10]", "jobs[2].name", "jobs[2].id", "accounts", "", "jobs[2]"]
    ordered = in_order([Problem(path, "wrong") for path in paths])
    assert [problem.path for problem in ordered] == [
        "",
        "accounts",
        "jobs[2]",
        "jobs[2].id",
        "jobs[2].name",
        "jobs[10]",
    ]
