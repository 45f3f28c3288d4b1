"""Clashes are found however wrong the other values are; `bad_configs/` has their messages."""

import pytest

from exporter.config.clashes import clashes


def paths(values: object) -> list[str]:
    return [problem.path for problem in clashes(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"accounts": [{}, {"name": 5}]}, ["accounts[0].name"], id="no name"),
        pytest.param(
            {"accounts": [{"name": "a", "jobs": 5}, "x", {"name": "a"}]},
            ["accounts[2].name"],
            id="one name twice",
        ),
        pytest.param(
            {"accounts": [{"api_key_file": 5, "api_key_env": None}]}, ["accounts[0]"], id="two keys"
        ),
        pytest.param(
            {"accounts": [{"jobs": ["x", 1, {"id": 1}, {"id": "1"}, True]}]},
            ["accounts[0].jobs[2].id", "accounts[0].jobs[3].id"],
            id="one job twice",
        ),
        pytest.param({"statuses": {"Odd": 5, 7: "x", "ODD": None}}, ["statuses"], id="one word"),
    ],
)
def test_a_clash_is_found_beside_values_of_wrong_types(values: object, expected: list[str]) -> None:
    assert paths(values) == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(None, id="nothing"),
        pytest.param([1], id="a list"),
        pytest.param({"accounts": {}, "statuses": []}, id="sections of wrong types"),
        pytest.param({"accounts": [None, {"name": ["a"]}]}, id="accounts of wrong types"),
        pytest.param({"accounts": [{"name": "a"}, {"name": "A"}]}, id="names in two cases"),
    ],
)
def test_other_mistakes_are_no_clashes(values: object) -> None:
    assert paths(values) == []
